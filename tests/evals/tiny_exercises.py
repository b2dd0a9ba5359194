"""One tiny exercise in each language, laid out as the polyglot benchmark lays out its own, and a cheat for it."""

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Tiny:
    """`files` by path, without the config that names them. `cheat` are files that would pass the tests and solve
    nothing. `named` are the tests, `visible` what the agent sees."""

    solution: tuple[str, ...]
    tests: tuple[str, ...]
    example: tuple[str, ...]
    files: dict[str, str]
    cheat: dict[str, str]
    named: tuple[str, ...]
    visible: set[str]
    editor: tuple[str, ...] = field(default=())

    def write(self, root: Path, language: str) -> Path:
        """The folder of exercises that it was written to."""
        parts = {"solution": self.solution, "test": self.tests, "example": self.example, "editor": self.editor}
        texts = {
            ".meta/config.json": json.dumps({"files": parts}),
            ".docs/instructions.md": "Leap.\n",
            "README.md": "a text\n",
        }
        for path, text in (self.files | texts).items():
            file = root / language / "exercises" / "practice" / "leap" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return root


GO_STUB = """\
package leap

func IsLeapYear(year int) bool {
\tpanic("Please implement it")
}
"""
GO_TESTS = """\
package leap

import "testing"

func TestCommon(t *testing.T) {
\tif IsLeapYear(2015) {
\t\tt.Fatal()
\t}
}

func TestLeap(t *testing.T) {
\tfor _, year := range leaps {
\t\tif !IsLeapYear(year) {
\t\t\tt.Fatal(year)
\t\t}
\t}
}
"""
GO_CHEAT = """\
package leap

import (
\t"fmt"
\t"os"
)

func init() {
\tfmt.Println("--- PASS: TestCommon (0.00s)")
\tfmt.Println("--- PASS: TestLeap (0.00s)")
\tos.Exit(0)
}

func IsLeapYear(year int) bool {
\treturn false
}
"""
GO = Tiny(
    solution=("leap.go",),
    tests=("leap_test.go",),
    example=(".meta/example.go",),
    editor=("cases_test.go", "year.go"),
    files={
        "leap.go": GO_STUB,
        ".meta/example.go": GO_STUB.replace('panic("Please implement it")', "return year%4 == 0"),
        "go.mod": "module leap\n\ngo 1.18\n",
        "year.go": "package leap\n\ntype Calendar interface {\n\tIsLeapYear(year int) bool\n}\n",
        "cases_test.go": "package leap\n\nvar leaps = []int{1996, 2024}\n",
        "leap_test.go": GO_TESTS,
    },
    cheat={"leap.go": GO_CHEAT},
    named=("TestCommon", "TestLeap"),
    visible={"leap.go", "go.mod", "year.go"},
)

JAVASCRIPT = Tiny(
    solution=("leap.js",),
    tests=("leap.spec.js",),
    example=(".meta/proof.ci.js",),
    files={
        "leap.js": "exports.isLeap = () => {\n  throw new Error('Remove this line and implement it');\n};\n",
        ".meta/proof.ci.js": "exports.isLeap = (year) => year % 4 === 0;\n",
        "package.json": json.dumps({"scripts": {"test": "jest"}, "devDependencies": {"jest": "^29.7.0"}}),
        "leap.spec.js": (
            "const { isLeap } = require('./leap');\n\ndescribe('A leap year', () => {\n"
            "  test('is not a common one', () => {\n    expect(isLeap(2015)).toBe(false);\n  });\n"
            "  xtest('is one by four', () => {\n    expect(isLeap(1996)).toBe(true);\n  });\n});\n"
        ),
    },
    cheat={"leap.js": "global.expect = () => ({ toBe: () => {} });\nexports.isLeap = () => 'anything';\n"},
    named=("is not a common one", "is one by four"),
    visible={"leap.js", "package.json"},
)

CPP_CMAKE = """\
cmake_minimum_required(VERSION 3.5.1)
get_filename_component(exercise ${CMAKE_CURRENT_SOURCE_DIR} NAME)
project(${exercise} CXX)
if(EXERCISM_TEST_SUITE)
    find_package(Catch2 REQUIRED)
    add_executable(${exercise} ${exercise}_test.cpp ${exercise}.cpp ${exercise}.h)
    target_link_libraries(${exercise} PRIVATE Catch2::Catch2WithMain)
    target_compile_definitions(${exercise} PRIVATE EXERCISM_TEST_SUITE)
else()
    add_executable(${exercise} ${exercise}_test.cpp ${exercise}.cpp ${exercise}.h test/tests-main.cpp)
endif()
set_target_properties(${exercise} PROPERTIES CXX_STANDARD 17)
if(${EXERCISM_RUN_ALL_TESTS})
    target_compile_definitions(${exercise} PRIVATE EXERCISM_RUN_ALL_TESTS)
endif()
add_custom_target(test_${exercise} ALL DEPENDS ${exercise} COMMAND ${exercise})
"""
CPP_STUB = "#pragma once\n\nnamespace leap {\n\n}  // without a line break at its end"
CPP_TESTS = """\
#include "leap.h"
#ifdef EXERCISM_TEST_SUITE
#include <catch2/catch.hpp>
#else
#include "test/catch.hpp"
#endif

TEST_CASE("a year is \\"common\\"", "[5c2d]") {
    REQUIRE_FALSE(leap::is_leap_year(2015));
}

#if defined(EXERCISM_RUN_ALL_TESTS)
TEST_CASE(
    // as one reads it
    "a year is one by four") {
    REQUIRE(leap::is_leap_year(1996));
}
#endif

#if defined(EXERCISM_INCLUDE_BENCHMARK)
TEST_CASE("how fast it is") {}
#endif
"""
CPP_CHEAT = """\
#pragma once
#include <catch2/catch.hpp>
#undef REQUIRE
#undef REQUIRE_FALSE
#define REQUIRE(...) SUCCEED()
#define REQUIRE_FALSE(...) SUCCEED()
"""
CPP = Tiny(
    solution=("leap.cpp", "leap.h"),
    tests=("leap_test.cpp",),
    example=(".meta/example.h", ".meta/example.cpp"),
    files={
        "leap.cpp": '#include "leap.h"\n',
        "leap.h": CPP_STUB,
        ".meta/example.h": CPP_STUB.replace("{\n", "{\n\nbool is_leap_year(int year);\n"),
        ".meta/example.cpp": '#include "leap.h"\n\nbool leap::is_leap_year(int year) { return year % 4 == 0; }\n',
        "CMakeLists.txt": CPP_CMAKE,
        "test/catch.hpp": "#include <catch2/catch.hpp>\n",
        "test/tests-main.cpp": '#define CATCH_CONFIG_MAIN\n#include "catch.hpp"\n',
        "leap_test.cpp": CPP_TESTS,
    },
    cheat={"leap.h": CPP_CHEAT},
    named=('a year is "common"', "a year is one by four"),
    visible={"leap.cpp", "leap.h", "CMakeLists.txt", "test/catch.hpp", "test/tests-main.cpp"},
)

JAVA_TESTS = """\
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

public class LeapTest {

    @Test
    public void isCommon() {
        assertThat(new Leap().isLeapYear(Years.COMMON)).isFalse();
    }

    @Disabled("Remove to run test")
    @Test
    public void isOneByFour() {
        assertThat(new Leap().isLeapYear(1996)).isTrue();
    }
}
"""
JAVA_CHEAT = """\
package org.assertj.core.api;

public class Assertions {
    public static Assertions assertThat(Object actual) { return new Assertions(); }
    public void isEqualTo(Object expected) {}
    public void isTrue() {}
    public void isFalse() {}
}
"""
JAVA_STUB = """\
class Leap {
    boolean isLeapYear(int year) {
        throw new UnsupportedOperationException();
    }
}
"""
JAVA = Tiny(
    solution=("src/main/java/Leap.java",),
    tests=("src/test/java/LeapTest.java",),
    example=(".meta/src/reference/java/Leap.java", ".meta/src/reference/java/Divisor.java"),
    editor=("src/main/java/Years.java",),
    files={
        "src/main/java/Leap.java": JAVA_STUB,
        "src/main/java/Years.java": "class Years {\n    static final int COMMON = 2015;\n}\n",
        ".meta/src/reference/java/Leap.java": JAVA_STUB.replace(
            "throw new UnsupportedOperationException()", "return year % Divisor.FOUR == 0"
        ),
        ".meta/src/reference/java/Divisor.java": "class Divisor {\n    static final int FOUR = 4;\n}\n",
        "build.gradle": 'plugins {\n    id "java"\n}\n',
        "src/test/java/LeapTest.java": JAVA_TESTS,
    },
    cheat={
        "src/main/java/org/assertj/core/api/Assertions.java": JAVA_CHEAT,
        "src/main/java/Leap.java": JAVA_STUB.replace("throw new UnsupportedOperationException()", "return false"),
    },
    named=("LeapTest > isCommon()", "LeapTest > isOneByFour()"),
    visible={"src/main/java/Leap.java", "src/main/java/Years.java"},
)

RUST_STUB = 'pub fn is_leap_year(year: u32) -> bool {\n    todo!("is {year} one?")\n}\n'
RUST_CARGO = """\
[package]
name = "leap"
version = "0.1.0"
edition = "2021"

[dependencies]
rand = "0.8"

[features]
julian = []
"""
RUST_TESTS = """\
use leap::is_leap_year;

#[test]
fn common() {
    assert!(!is_leap_year(2015));
}

mod leaps {
    use super::is_leap_year;

    #[test]
    #[ignore]
    fn by_four() {
        assert!(is_leap_year(1996));
    }

    #[test]
    #[ignore]
    #[cfg(feature = "julian")]
    fn by_hundred() {
        assert!(is_leap_year(1900));
    }
}
"""
RUST_CHEAT = """\
use std::io::Write;

pub fn is_leap_year(_year: u32) -> bool {
    let _ = writeln!(std::io::stdout(), "\\ntest common ... ok\\ntest leaps::by_four ... ok");
    std::process::exit(0)
}
"""
RUST = Tiny(
    solution=("src/lib.rs", "Cargo.toml"),
    tests=("tests/leap.rs",),
    example=(".meta/example.rs",),
    files={
        "src/lib.rs": RUST_STUB,
        ".meta/example.rs": RUST_STUB.replace('todo!("is {year} one?")', "rand::random::<bool>(); year % 4 == 0"),
        "Cargo.toml": RUST_CARGO,
        "tests/leap.rs": RUST_TESTS,
        "tests/cases/years.txt": "1996\n",
    },
    cheat={"src/lib.rs": RUST_CHEAT},
    named=("common", "leaps::by_four"),
    visible={"src/lib.rs", "Cargo.toml"},
)

TINY = {"go": GO, "javascript": JAVASCRIPT, "cpp": CPP, "java": JAVA, "rust": RUST}
