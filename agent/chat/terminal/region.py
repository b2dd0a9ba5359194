"""The live region, which can always be found again: where a terminal breaks lines anew, the cursor alone stays
with what it stood at, so while something goes on it stands at the region's top."""

from collections.abc import Callable, Sequence

from prompt_toolkit.application import get_app
from prompt_toolkit.data_structures import Point
from prompt_toolkit.layout.containers import AnyContainer, HSplit
from prompt_toolkit.layout.mouse_handlers import MouseHandlers
from prompt_toolkit.layout.screen import Char, Screen, WritePosition


class Region(HSplit):
    """`parks`: whether the cursor stands at the top, hidden, and is drawn where one types. A frame may reach the
    terminal after lines were broken anew, and before anybody tells: whatever moves it makes from there, it comes
    back to. Else the cursor is where one types, as input methods need it."""

    def __init__(self, children: Sequence[AnyContainer], parks: Callable[[], bool]) -> None:
        super().__init__(children)
        self._parks = parks

    def write_to_screen(
        self,
        screen: Screen,
        mouse_handlers: MouseHandlers,
        write_position: WritePosition,
        parent_style: str,
        erase_bg: bool,
        z_index: int | None,
    ) -> None:
        super().write_to_screen(screen, mouse_handlers, write_position, parent_style, erase_bg, z_index)
        if not self._parks():
            return
        window = get_app().layout.current_window
        if screen.show_cursor:
            cursor = screen.get_cursor_position(window)
            cell = screen.data_buffer[cursor.y][cursor.x]
            screen.data_buffer[cursor.y][cursor.x] = Char(cell.char, f"{cell.style} reverse")
        screen.show_cursor = False
        screen.set_cursor_position(window, Point(write_position.xpos, write_position.ypos))
