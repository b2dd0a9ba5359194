"""What happened between turns, in words: a title and the facts beside it."""

from agent.events import FilesApplied, FilesFollowed, MessageQueued, PointNamed, Rewound, UserRan
from agent.export.words import first_line, plural
from sandbox.workspace.names import a_few

WIDEST = 80
Between = Rewound | PointNamed | FilesFollowed | FilesApplied | MessageQueued


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


def _files(paths: tuple[str, ...]) -> str:
    return f"{plural(len(paths), 'file')} ({a_few(paths)})" if paths else "no file"
