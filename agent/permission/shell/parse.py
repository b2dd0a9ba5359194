"""From the text of a command to every command that it would run, substitutions included.

The grammar is tree-sitter's for bash. Node types that are not named here make the text unreadable: what is not
understood is never taken for harmless.
"""

import re
from typing import TYPE_CHECKING

from agent.permission.shell.script import Command, Unreadable, Word

if TYPE_CHECKING:
    from tree_sitter import Node

_DEEPEST = 60
_LONGEST = 20_000
_STRANGE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]|\S\\\n")
"""Control characters, and a word that goes on in the next line: parsers disagree on them."""
_OWN_VARIABLE = re.compile(r"[a-z_][a-z0-9_]*")
"""Variables in capitals may mean something to programs; by custom those of a script are in small letters."""
_PLAIN_EXPANSION = re.compile(r"\$\{[A-Za-z_]\w*\}|\$\w+|\$[?#@*$!-]")
_CONTAINERS = frozenset(
    {
        *("program", "list", "pipeline", "subshell", "compound_statement", "if_statement", "elif_clause"),
        *("else_clause", "while_statement", "do_group", "negated_command"),
    }
)
_NOWHERE = frozenset({"/dev/null", "/dev/stdout", "/dev/stderr"})
_METACHARACTERS = b" \t\n;&|()<>`"
_GLOBBING = frozenset("*?[")


def commands_of(text: str) -> tuple[Command, ...]:
    """Every command in `text`, in order. Raises Unreadable."""
    if len(text) > _LONGEST:
        raise Unreadable("it is too long to be looked through")
    if strange := _STRANGE.search(text):
        raise Unreadable(f"it holds {strange.group()!r}")
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    source = text.encode()
    root = Parser(Language(tree_sitter_bash.language())).parse(source).root_node
    if root.has_error:
        raise Unreadable("the shell's grammar does not explain it")
    reader = _Reader(source)
    reader.statement(root, writes=False)
    return tuple(reader.commands)


class _Reader:
    def __init__(self, source: bytes) -> None:
        self._source = source
        self.commands: list[Command] = []
        self._depth = 0

    def statement(self, node: "Node", *, writes: bool) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unreadable("it is nested too deeply")
        match node.type:
            case kind if kind in _CONTAINERS:
                for child in node.named_children:
                    self.statement(child, writes=writes)
            case "comment":
                pass
            case "command":
                self._command(node, writes)
            case "redirected_statement":
                self._redirected(node, writes)
            case "variable_assignment":
                self._assignment(node, writes)
            case "variable_assignments":
                for child in node.named_children:
                    self._assignment(child, writes)
            case "declaration_command" | "unset_command":
                self._declaration(node, writes)
            case "for_statement":
                self._loop(node, writes)
            case "test_command":
                self._test(node)
            case kind:
                raise Unreadable(f"it holds a {kind.replace('_', ' ')}")
        self._depth -= 1

    def _command(self, node: "Node", writes: bool) -> None:
        words: list[Word] = []
        sets: list[str] = []
        for child in node.named_children:
            match child.type:
                case "variable_assignment":
                    sets.append(self._assigned(child))
                case "command_name":
                    words.append(self._name(child))
                case "file_redirect":
                    writes = self._redirect(child) or writes
                case "herestring_redirect":
                    self._herestring(child)
                case _:
                    words.append(self._whole(child))
        self.commands.append(Command(tuple(words), tuple(sets), writes))

    def _name(self, node: "Node") -> str:
        name = self._whole(node.named_children[0])
        if not name or not re.fullmatch(r"[\w./+:@%\[-]+", name):
            raise Unreadable("the name of a command is known to the shell alone")
        return name

    def _redirected(self, node: "Node", writes: bool) -> None:
        body = node.child_by_field_name("body")
        for child in node.named_children:
            if child.type == "file_redirect":
                writes = self._redirect(child) or writes
            elif child.type == "herestring_redirect":
                self._herestring(child)
            elif child != body:
                raise Unreadable(f"it holds a {child.type.replace('_', ' ')}")
        if body is not None:
            self.statement(body, writes=writes)
        elif writes:
            self.commands.append(Command((":",), writes=True))

    def _redirect(self, node: "Node") -> bool:
        """Whether it lets something be written into a file."""
        operator = next(child.type for child in node.children if not child.is_named)
        targets = [child for child in node.named_children if child.type != "file_descriptor"]
        if len(targets) != len(node.named_children):
            self._check_before(node)
        values = [self._whole(target) for target in targets]
        if operator.startswith("<") and operator != "<>":
            if any(value is None or value.startswith(("/dev/tcp", "/dev/udp")) for value in values):
                if all(target.type == "process_substitution" for target in targets):
                    return False
                raise Unreadable("it reads from where the shell alone knows")
            return False
        if operator == ">&" and all(value is not None and re.fullmatch(r"\d|-", value) for value in values):
            return False
        return not (len(values) == 1 and values[0] in _NOWHERE)

    def _herestring(self, node: "Node") -> None:
        for child in node.named_children:
            if self._word(child) is None:
                raise Unreadable("it feeds a command with what the shell alone knows")

    def _assigned(self, node: "Node") -> str:
        """The variable's name; what its value runs is noted."""
        name = node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        if name is None or name.type != "variable_name":
            raise Unreadable("it sets part of an array")
        if value is not None:
            self._word(value)
        return _text(name)

    def _assignment(self, node: "Node", writes: bool) -> None:
        name = self._assigned(node)
        if not _OWN_VARIABLE.fullmatch(name):
            self.commands.append(Command((f"{name}=",), writes=writes))

    def _declaration(self, node: "Node", writes: bool) -> None:
        words: list[Word] = [node.children[0].type]
        for child in node.named_children:
            if child.type == "variable_assignment":
                words.append(f"{self._assigned(child)}=")
            else:
                words.append(_text(child) if child.type == "variable_name" else self._word(child))
        self.commands.append(Command(tuple(words), writes=writes))

    def _loop(self, node: "Node", writes: bool) -> None:
        for child in node.named_children:
            if child.type == "variable_name":
                if not _OWN_VARIABLE.fullmatch(_text(child)):
                    raise Unreadable("a loop sets a variable that programs may read")
            elif child.type == "do_group":
                self.statement(child, writes=writes)
            else:
                self._word(child)

    def _test(self, node: "Node") -> None:
        # An expansion in a comparison of numbers can run what its value says.
        if re.search(r"[$`<>]", _text(node)):
            raise Unreadable("it tests what the shell alone knows")

    def _whole(self, node: "Node") -> Word:
        """A word that must stand by itself: where the grammar ends it, the shell must see an end too."""
        self._check_before(node)
        after = self._source[node.end_byte : node.end_byte + 1]
        if after and after not in _METACHARACTERS:
            raise Unreadable("it is not clear where its words end")
        return self._word(node)

    def _check_before(self, node: "Node") -> None:
        if node.start_byte and self._source[node.start_byte - 1 : node.start_byte] not in _METACHARACTERS:
            raise Unreadable("it is not clear where its words begin")

    def _word(self, node: "Node") -> Word:
        match node.type:
            case "word" | "number":
                return _bare(_text(node))
            case "raw_string":
                return _text(node)[1:-1]
            case "string":
                return self._string(node)
            case "concatenation":
                return self._joined(node)
            case "simple_expansion" | "expansion":
                if not _PLAIN_EXPANSION.fullmatch(_text(node)):
                    raise Unreadable("it holds an expansion")
                return None
            case "command_substitution" | "process_substitution":
                for child in node.named_children:
                    if child.type == "file_redirect":
                        self._redirect(child)
                    else:
                        self.statement(child, writes=False)
                return None
            case "brace_expression" | "ansi_c_string":
                return None
            case kind:
                raise Unreadable(f"it holds a {kind.replace('_', ' ')}")

    def _string(self, node: "Node") -> Word:
        inner = _text(node)[1:-1]
        parts = [child for child in node.named_children if child.type != "string_content"]
        for part in parts:
            self._word(part)
        if "`" in inner and not parts:
            raise Unreadable("it holds a backquote")
        return None if parts or "\\" in inner or "$" in inner else inner

    def _joined(self, node: "Node") -> Word:
        values = [self._word(child) for child in node.named_children]
        bare = "".join(_text(child) for child in node.named_children if child.type == "word")
        if any(value is None for value in values) or _expands(bare):
            return None
        return "".join(value or "" for value in values)


def _text(node: "Node") -> str:
    return (node.text or b"").decode()


def _bare(text: str) -> Word:
    """The value of an unquoted word."""
    if text == "\\;":
        return ";"
    return None if _expands(text) or "\\" in text else text


def _expands(text: str) -> bool:
    """Whether the shell would put something else for these letters."""
    braces = "{" in text and ("," in text or ".." in text)
    return braces or text.startswith("~") or "=~" in text or ":~" in text or bool(_GLOBBING & set(text))
