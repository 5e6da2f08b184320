//! What begins with a bracket: groups, their names, and flags.

use super::{Group, Last, SyntaxError, Translator, error};

/// How deeply groups may nest.
const DEPTH: usize = 1000;

impl<'p> Translator<'p> {
    /// `(`, `(?:`, `(?P<name>`, `(?<name>`, `(?i)`, `(?i-s:`
    pub(super) fn open(&mut self) -> Result<(), SyntaxError> {
        let rest = self.rest();
        if self.groups.len() > DEPTH {
            return error("expression nests too deeply", self.pattern);
        }
        if !rest.starts_with("(?") {
            self.at += 1;
            self.begin("(");
            return Ok(());
        }
        // A name that has not begun is none to Go.
        let named = ["(?P<", "(?<"].into_iter().find(|start| rest.starts_with(start) && rest.len() > start.len());
        if let Some(start) = named {
            let Some(end) = rest.find('>') else {
                return error("invalid named capture", rest);
            };
            self.check_utf8(end)?;
            let name = &rest[start.len()..end];
            let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if !is_name {
                return error("invalid named capture", &rest[..=end]);
            }
            self.at += end + 1;
            // Go lets a name stand twice; a replacement means the first. Names may begin with a digit there.
            let group = if self.names.contains(&name) { "(".to_owned() } else { format!("(?P<{}>", group_name(name)) };
            self.names.push(name);
            self.begin(&group);
            return Ok(());
        }
        self.flags(rest)
    }

    fn begin(&mut self, group: &str) {
        self.regex.push_str(group);
        self.groups.push(Group { repeated: 1, lazy: self.is_lazy() });
        (self.last, self.flagged) = (Last::Nothing, None);
    }

    fn flags(&mut self, rest: &'p str) -> Result<(), SyntaxError> {
        const WHY: &str = "invalid or unsupported Perl syntax";
        let (mut negated, mut flagged) = (false, false);
        // Go lets a flag stand twice, and the last one count.
        let mut set: Vec<(char, bool)> = Vec::new();
        for (at, c) in rest.char_indices().skip(2) {
            match c {
                'i' | 'm' | 's' | 'U' => {
                    flagged = true;
                    set.retain(|(flag, _)| *flag != c);
                    set.push((c, !negated));
                }
                '-' if !negated => {
                    negated = true;
                    flagged = false;
                }
                ':' | ')' if !negated || flagged => {
                    self.at += at + 1;
                    let of = |value: bool| set.iter().filter(move |flag| flag.1 == value).map(|flag| flag.0);
                    let minus = if of(false).next().is_some() { "-" } else { "" };
                    let group =
                        format!("(?{}{minus}{}{c}", of(true).collect::<String>(), of(false).collect::<String>());
                    if c == ':' {
                        self.begin(&group);
                    } else {
                        self.flagged = self.flagged.or(Some((self.regex.len(), self.is_lazy())));
                        // `(?)` sets nothing.
                        if group != "(?)" {
                            self.regex.push_str(&group);
                        }
                        self.last = match self.last {
                            Last::Nothing => Last::Nothing,
                            Last::Item(repeated) | Last::Repetition(_, repeated) => Last::Item(repeated),
                        };
                    }
                    if let (Some(group), Some((_, value))) =
                        (self.groups.last_mut(), set.iter().find(|(flag, _)| *flag == 'U'))
                    {
                        group.lazy = *value;
                    }
                    return Ok(());
                }
                _ => return error(WHY, &rest[..at + c.len_utf8()]),
            }
        }
        error(WHY, rest)
    }
}

/// A group's name, which may begin with a digit in Go.
pub(in crate::regex) fn group_name(name: &str) -> String {
    format!("_{name}")
}
