"""What the keys do. Everything that is not here is prompt_toolkit's emacs mode."""

from typing import Protocol

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition, has_focus, is_searching
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from agent.chat.composer.pastes import Pastes


class Actions(Protocol):
    """What the keys set off."""

    def submit(self, text: str) -> None:
        """Enter: send, queue or carry out; "" lets the agent go on."""
        ...

    def steer(self, text: str) -> None:
        """Ctrl-S: for the model's next step."""
        ...

    def recall(self) -> str | None:
        """↑: the last message that waits, taken out of the queue; None if none does."""
        ...

    def interrupt(self) -> bool:
        """Esc or Ctrl-C: end what goes on. False if nothing does."""
        ...

    def leave(self) -> None:
        """Ctrl-D on an empty line."""
        ...

    def next_mode(self) -> None: ...

    def open_thinking(self) -> None: ...

    def hint(self, words: str) -> None:
        """A word under the input line, gone with the next key."""
        ...


def keys_of(buffer: Buffer, actions: Actions, pastes: Pastes) -> KeyBindings:
    keys = KeyBindings()
    typing = has_focus(buffer) & ~is_searching

    def offers_completions() -> bool:
        """Not while they are still looked for, which also happens for a text that was sent meanwhile."""
        return buffer.complete_state is not None and bool(buffer.complete_state.completions)

    @Condition
    def on_first_line() -> bool:
        return buffer.document.cursor_position_row == 0 and not offers_completions()

    def taken() -> str:
        """The whole text; the line is empty afterwards, and the history knows it."""
        text = pastes.whole(buffer.text)
        buffer.text = text
        buffer.reset(append_to_history=bool(text.strip()))
        return text.strip("\n")

    @keys.add("enter", filter=typing)
    def _(_event: KeyPressEvent) -> None:
        if buffer.complete_state and buffer.complete_state.current_completion:
            buffer.complete_state = None  # a completion was chosen: it stands there already
            return
        if buffer.document.char_before_cursor == "\\" and buffer.document.is_cursor_at_the_end:
            buffer.delete_before_cursor()
            buffer.newline()
            return
        actions.submit(taken())

    @keys.add("escape", "enter", filter=typing)
    @keys.add("c-j", filter=typing)
    def _(_event: KeyPressEvent) -> None:
        buffer.newline(copy_margin=False)

    @keys.add("c-s", filter=typing)
    def _(_event: KeyPressEvent) -> None:
        if buffer.text.strip():
            actions.steer(taken())
        else:
            actions.hint("Ctrl-S sends what stands here to the model at its next step")

    @keys.add("up", filter=typing & on_first_line)
    def _(event: KeyPressEvent) -> None:
        if not buffer.text and (waiting := actions.recall()) is not None:
            buffer.text = waiting
            buffer.cursor_position = len(waiting)
            return
        buffer.complete_state = None  # one that looks for completions would take the key
        buffer.auto_up(count=event.arg)

    @keys.add("escape", filter=typing)
    def _(_event: KeyPressEvent) -> None:
        if offers_completions():
            buffer.cancel_completion()
        elif not actions.interrupt() and buffer.text:
            actions.hint("Ctrl-C empties the line")

    @keys.add("c-c", filter=typing)
    def _(_event: KeyPressEvent) -> None:
        if actions.interrupt():
            return
        if buffer.text:
            buffer.reset(append_to_history=False)
        else:
            actions.hint("nothing is going on; Ctrl-D twice leaves")

    @keys.add("c-d", filter=typing)
    def _(_event: KeyPressEvent) -> None:
        if buffer.text:
            buffer.delete()
        else:
            actions.leave()

    @keys.add("c-g", filter=typing)
    def _(_event: KeyPressEvent) -> None:
        buffer.text = pastes.whole(buffer.text)
        buffer.open_in_editor()

    @keys.add("c-o")
    def _(_event: KeyPressEvent) -> None:
        actions.open_thinking()

    @keys.add("s-tab")
    def _(_event: KeyPressEvent) -> None:
        actions.next_mode()

    @keys.add("c-z")
    def _(event: KeyPressEvent) -> None:
        event.app.suspend_to_background()

    @keys.add(Keys.BracketedPaste, filter=typing)
    def _(event: KeyPressEvent) -> None:
        buffer.insert_text(pastes.shortened(event.data))

    return keys
