"""What happened between turns or beside them, in words: a title and the facts beside it."""

from agent.events import (
    FilesApplied,
    FilesFollowed,
    HookFailed,
    InputQueued,
    InputTaken,
    MessageQueued,
    PermissionAnswered,
    PermissionAsked,
    PermissionsForgotten,
    PointNamed,
    Rewound,
    UserRan,
)
from agent.export.words import first_line, plural
from sandbox.workspace.names import a_few

WIDEST = 80
Between = (
    Rewound
    | PointNamed
    | FilesFollowed
    | FilesApplied
    | MessageQueued
    | InputQueued
    | InputTaken
    | PermissionAsked
    | PermissionAnswered
    | PermissionsForgotten
    | HookFailed
)


def in_words(event: Between) -> tuple[str, str]:
    match event:
        case Rewound(to=to):
            return "Rewound", f"to event {to}; what came after it is not part of the conversation any more"
        case PointNamed(name=name):
            return "Checkpoint", name
        case FilesFollowed(paths=paths, conflicts=conflicts):
            waiting = f"; both changed {a_few(conflicts)}" if conflicts else ""
            return "Your edits", f"{_files(paths)} came into the sandbox{waiting}"
        case FilesApplied(paths=paths):
            return "Applied", f"{_files(paths)} to your files"
        case MessageQueued(message=UserRan(command=command)):
            return "Run meanwhile", f"{first_line(command, WIDEST)}; the model reads it at its next step"
        case MessageQueued(message=said):
            return (
                "Said meanwhile",
                f"{first_line(said.message.content, WIDEST)}; the model reads it at its next step",
            )
        case InputQueued(text=text):
            return "Typed ahead", f"{first_line(text, WIDEST)}; it waits for its turn"
        case InputTaken(text=text):
            return "Taken from the queue", first_line(text, WIDEST)
        case PermissionAsked(what=what, why=why):
            return "Asked the user", f"may it {first_line(what, WIDEST)}? {why}"
        case PermissionAnswered():
            return "The user", _answer(event)
        case PermissionsForgotten():
            return "The user", "took back all that was allowed for this session"
        case HookFailed(hook=hook, detail=detail):
            return f"Hook {hook}", detail


def _answer(event: PermissionAnswered) -> str:
    if not event.allowed:
        return f"refused: {event.reason}" if event.reason else "refused"
    return f"allowed {event.pattern} for this session" if event.pattern else "allowed it once"


def _files(paths: tuple[str, ...]) -> str:
    return f"{plural(len(paths), 'file')} ({a_few(paths)})" if paths else "no file"
