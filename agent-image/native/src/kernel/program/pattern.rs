//! Regular expressions as Go and RE2 write them, on the `regex` crate: same matching (leftmost-first), some other syntax.
//!
//! `\d \s \w \b` are ASCII; `[a&&b]` is a set of characters; `a{,2}` is text; what Go refuses is refused.

use regex::{Regex, RegexBuilder};

const MAX_REPEAT: u32 = 1000;

/// Compile a pattern in Go's syntax; the message says what is wrong with it.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    let translated = Translator { rest: pattern.chars().collect(), at: 0, out: String::new() }.translate()?;
    RegexBuilder::new(&translated).octal(true).build().map_err(|error| error.to_string())
}

struct Translator {
    rest: Vec<char>,
    at: usize,
    out: String,
}

impl Translator {
    fn translate(mut self) -> Result<String, String> {
        let mut after_repeat = false;
        while let Some(next) = self.take() {
            let mut repeat = false;
            match next {
                '\\' => self.escape(false)?,
                '[' => self.class()?,
                '(' => self.group()?,
                '*' | '+' | '?' => {
                    self.out.push(next);
                    repeat = true;
                }
                '{' => repeat = self.counted()?,
                '}' => self.out.push_str("\\}"),
                _ => self.out.push(next),
            }
            if repeat && after_repeat {
                return Err("repetition of a repetition".into());
            }
            if repeat && self.peek(0) == Some('?') {
                self.at += 1;
                self.out.push('?');
            }
            after_repeat = repeat;
        }
        Ok(self.out)
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.rest.get(self.at + ahead).copied()
    }

    fn take(&mut self) -> Option<char> {
        let next = self.peek(0)?;
        self.at += 1;
        Some(next)
    }

    /// What follows a backslash; a `class` has no assertions and takes bare ranges.
    fn escape(&mut self, class: bool) -> Result<(), String> {
        let next = self.take().ok_or("trailing backslash")?;
        let perl = match next {
            'd' | 'D' => Some("0-9"),
            's' | 'S' => Some(r"\t\n\f\r "),
            'w' | 'W' => Some("0-9A-Za-z_"),
            _ => None,
        };
        if let Some(set) = perl {
            match (class, next.is_ascii_uppercase()) {
                (true, false) => self.out.push_str(set),
                (_, negated) => self.out.push_str(&format!("[{}{set}]", if negated { "^" } else { "" })),
            }
            return Ok(());
        }
        match next {
            'b' | 'B' if !class => self.out.push_str(&format!(r"(?-u:\{next})")),
            'A' | 'z' if !class => self.out.push_str(&format!(r"\{next}")),
            'Q' if !class => self.quoted(),
            'a' | 'f' | 'n' | 'r' | 't' | 'v' | 'x' | 'p' | 'P' => self.out.push_str(&format!(r"\{next}")),
            '0'..='7' => {
                if next != '0' && !matches!(self.peek(0), Some('0'..='7')) {
                    return Err("backreferences are not supported".into());
                }
                self.out.push_str(&format!(r"\{next}"));
            }
            _ if next.is_ascii_punctuation() => self.literal(next),
            _ => return Err(format!(r"unknown escape \{next}")),
        }
        self.operand(next);
        Ok(())
    }

    /// What belongs to `\x`, `\p` and octal numbers: it must not be read as characters by themselves.
    fn operand(&mut self, escape: char) {
        let braced = matches!(escape, 'x' | 'p' | 'P') && self.peek(0) == Some('{');
        let longest = match escape {
            _ if braced => usize::MAX,
            'x' | '0'..='7' => 2,
            'p' | 'P' => 1,
            _ => 0,
        };
        for _ in 0..longest {
            let Some(next) = self.peek(0) else { return };
            if !braced && matches!(escape, '0'..='7') && !matches!(next, '0'..='7') {
                return;
            }
            self.at += 1;
            self.out.push(next);
            if braced && next == '}' {
                return;
            }
        }
    }

    /// `\Q…\E`: text.
    fn quoted(&mut self) {
        while let Some(next) = self.take() {
            if next == '\\' && self.peek(0) == Some('E') {
                self.at += 1;
                return;
            }
            self.literal(next);
        }
    }

    fn literal(&mut self, next: char) {
        if next.is_ascii_punctuation() && !matches!(next, '<' | '>') {
            self.out.push('\\');
        }
        self.out.push(next);
    }

    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.peek(0) == Some('^') {
            self.at += 1;
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let next = self.take().ok_or("missing closing ]")?;
            match next {
                ']' if !first => break,
                '[' if self.peek(0) == Some(':') => self.posix()?,
                _ => {
                    if self.member(next)? && self.peek(0) == Some('-') && self.peek(1).is_some_and(|after| after != ']') {
                        self.at += 1;
                        self.out.push('-');
                        let high = self.take().ok_or("missing closing ]")?;
                        if !self.member(high)? {
                            return Err("a range of a class ends with a class".into());
                        }
                    }
                }
            }
            first = false;
        }
        self.out.push(']');
        Ok(())
    }

    /// Whether it was one character, which may begin a range.
    fn member(&mut self, next: char) -> Result<bool, String> {
        if next != '\\' {
            self.literal(next);
            return Ok(true);
        }
        let single = !matches!(self.peek(0), Some('d' | 'D' | 's' | 'S' | 'w' | 'W' | 'p' | 'P' | 'Q'));
        self.escape(true)?;
        Ok(single)
    }

    fn posix(&mut self) -> Result<(), String> {
        self.out.push('[');
        while let Some(next) = self.take() {
            self.out.push(next);
            if next == ':' && self.peek(0) == Some(']') {
                self.at += 1;
                self.out.push(']');
                return Ok(());
            }
        }
        Err("missing closing :]".into())
    }

    /// `(`, `(?:`, `(?P<name>`, `(?<name>` or flags, of which Go has i, m, s and U.
    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        if self.peek(0) != Some('?') {
            return Ok(());
        }
        self.at += 1;
        self.out.push('?');
        if matches!(self.peek(0), Some('P' | '<')) {
            while let Some(next) = self.take() {
                self.out.push(next);
                if next == '>' {
                    return Ok(());
                }
            }
            return Err("group name without end".into());
        }
        if self.peek(0) == Some(')') {
            self.at += 1; // no flags: nothing
            self.out.truncate(self.out.len() - 2);
            return Ok(());
        }
        while let Some(next) = self.take() {
            self.out.push(next);
            match next {
                ')' | ':' => return Ok(()),
                'i' | 'm' | 's' | 'U' | '-' => {}
                _ => return Err(format!("unknown flag {next} of a group")),
            }
        }
        Err("group without end".into())
    }

    /// `{n}`, `{n,}`, `{n,m}`; anything else in braces is text.
    fn counted(&mut self) -> Result<bool, String> {
        let inside: String = self.rest[self.at..].iter().take_while(|next| **next != '}').collect();
        let closed = self.rest.get(self.at + inside.chars().count()) == Some(&'}');
        let (low, high) = inside.split_once(',').map_or((&inside[..], None), |(low, high)| (low, Some(high)));
        let digits = |text: &str| text.chars().all(|next| next.is_ascii_digit());
        if !closed || low.is_empty() || !digits(low) || !high.is_none_or(digits) {
            self.out.push_str("\\{");
            return Ok(false);
        }
        for bound in [Some(low), high].into_iter().flatten().filter(|bound| !bound.is_empty()) {
            if bound.parse::<u32>().map_or(true, |bound| bound > MAX_REPEAT) {
                return Err(format!("repetition of more than {MAX_REPEAT}"));
            }
        }
        self.at += inside.len() + 1;
        self.out.push_str(&format!("{{{inside}}}"));
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(pattern: &str, text: &str) -> bool {
        compile(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}")).is_match(text)
    }

    #[test]
    fn classes_and_boundaries_are_ascii() {
        assert!(finds(r"^\d\w\s$", "1a "));
        assert!(!finds(r"\d", "١"));
        assert!(!finds(r"\w", "ä"));
        assert!(finds(r"\bb", "äb"));
        assert!(finds(r"^[\d\W]+$", "1ä-"));
        assert!(finds(r"^.$", "ä"));
    }

    #[test]
    fn operators_of_other_dialects_are_text() {
        assert!(finds(r"^[a&&b]+$", "a&b"));
        assert!(finds(r"^[a~~b]+$", "~"));
        assert!(finds(r"^[[a]+$", "[a"));
        assert!(finds(r"^[]a]+$", "]a"));
        assert!(finds(r"^[+--]+$", "+,-"));
        assert!(finds(r"^a{,2}$", "a{,2}"));
        assert!(finds(r"^a{2}$", "aa"));
        assert!(finds(r"^\<a\>$", "<a>"));
        assert!(finds(r"^\Qa.b\E$", "a.b"));
        assert!(!finds(r"^\Qa.b\E$", "axb"));
        assert!(finds(r"^[[:alpha:]]+$", "ab"));
        assert!(!finds(r"a$", "a\n"));
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for pattern in [r"a**", r"(?x)a", r"\1", r"\u0041", r"\Z", r"(?=a)", r"a{1001}", r"[", r"(", r"*", "\\", r"[\b]"] {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
    }
}
