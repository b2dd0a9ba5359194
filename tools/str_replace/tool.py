from tools.base import Arguments, ToolContext, ToolResult
from tools.description import load_description
from tools.nearest import numbered, split_lines
from tools.paths import Location, PathRefused, locate, similar_paths
from tools.screen_diff import unified_diff
from tools.str_replace.edit import replace_once
from tools.str_replace.refusal import NoEdit
from tools.text_file import NotText, TextFile, decode


class StrReplaceArguments(Arguments):
    path: str
    old_str: str
    new_str: str


class StrReplaceTool:
    """Replaces one place in a file; encoding, line breaks and mode of the file are kept."""

    name = "str_replace"
    arguments: type[Arguments] = StrReplaceArguments
    example = '{"path": "src/parser.py", "old_str": "return fields[:-1]", "new_str": "return fields"}'

    def __init__(self) -> None:
        self.description = load_description("tools.str_replace")

    async def run(self, arguments: StrReplaceArguments, context: ToolContext) -> ToolResult:
        try:
            location = await locate(context.sandbox, arguments.path)
            if arguments.old_str:
                return await _replace(arguments, location, context)
            return await _create(arguments, location, context)
        except (PathRefused, NoEdit) as refused:
            return ToolResult(str(refused), is_error=True)
        except NotText as why:
            return ToolResult(f"{arguments.path} was not changed: {why}. Use bash for it.", is_error=True)
        except OSError as failed:
            return ToolResult(f"{arguments.path} was not changed: {failed}", is_error=True)


async def _replace(arguments: StrReplaceArguments, location: Location, context: ToolContext) -> ToolResult:
    if arguments.old_str == arguments.new_str:
        raise NoEdit("old_str and new_str are the same: there is nothing to change.")
    if not location.exists:
        raise NoEdit(await _missing(location, context))
    file = decode(await context.sandbox.read(location.real))
    edit = replace_once(file, arguments.old_str, arguments.new_str)
    await context.sandbox.write(location.real, file.encode(edit.text))

    lines = split_lines(edit.text)
    start = edit.text.count("\n", 0, edit.span.start)
    end = edit.text.count("\n", 0, max(edit.span.end - 1, edit.span.start)) + 1
    told = [f"{location.shown} now reads, around the change:", numbered(lines, start, end)]
    if edit.warning:
        told.insert(0, edit.warning)
    return ToolResult("\n".join(told), diff=unified_diff(file.text, edit.text, location.shown, location.shown))


async def _create(arguments: StrReplaceArguments, location: Location, context: ToolContext) -> ToolResult:
    if location.exists:
        current = await context.sandbox.read(location.real)
        if current:
            raise NoEdit(
                f"{location.shown} exists and is not empty ({len(current)} bytes); an empty old_str only creates "
                "files. To change it give the text to replace as old_str; to write it anew remove it first."
            )
    await context.sandbox.write(location.real, TextFile("").encode(arguments.new_str))
    count = len(split_lines(arguments.new_str))
    diff = unified_diff("", arguments.new_str, "/dev/null", location.shown)
    return ToolResult(f"Created {location.shown} ({count} lines).", diff=diff)


async def _missing(location: Location, context: ToolContext) -> str:
    similar = await similar_paths(context.sandbox, location)
    hint = f" Did you mean {' or '.join(similar)}?" if similar else ""
    return f"There is no file {location.shown} in the workspace.{hint} An empty old_str would create it."
