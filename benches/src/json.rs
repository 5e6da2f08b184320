//! Writing JSON by hand: compact, fields in the order given.

/// A JSON object under construction.
pub(crate) struct Object<'a> {
    out: &'a mut String,
    first: bool,
}

/// The text of the object that `fill` fills.
pub(crate) fn object(fill: impl FnOnce(&mut Object<'_>)) -> String {
    let mut out = String::with_capacity(2048);
    Object::write(&mut out, fill);
    out
}

impl Object<'_> {
    fn write(out: &mut String, fill: impl FnOnce(&mut Object<'_>)) {
        out.push('{');
        fill(&mut Object { out, first: true });
        out.push('}');
    }

    fn key(&mut self, key: &str) {
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
        push_text(self.out, key);
        self.out.push(':');
    }

    /// A field that holds text.
    pub(crate) fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        push_text(self.out, value);
    }

    /// A field that holds a whole number.
    pub(crate) fn number(&mut self, key: &str, value: u64) {
        self.raw(key, &value.to_string());
    }

    /// A field that holds a truth value.
    pub(crate) fn truth(&mut self, key: &str, value: bool) {
        self.raw(key, if value { "true" } else { "false" });
    }

    /// A field that holds `json` as it stands.
    pub(crate) fn raw(&mut self, key: &str, json: &str) {
        self.key(key);
        self.out.push_str(json);
    }

    /// A field that holds an object.
    pub(crate) fn object(&mut self, key: &str, fill: impl FnOnce(&mut Object<'_>)) {
        self.key(key);
        Object::write(self.out, fill);
    }

    /// A field that holds an array of objects, one for each of `items`.
    pub(crate) fn objects<T>(&mut self, key: &str, items: &[T], mut fill: impl FnMut(&mut Object<'_>, &T)) {
        self.key(key);
        self.out.push('[');
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            Object::write(self.out, |object| fill(object, item));
        }
        self.out.push(']');
    }

    /// A field that holds an array of texts.
    pub(crate) fn texts(&mut self, key: &str, items: &[&str]) {
        self.key(key);
        self.out.push('[');
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            push_text(self.out, item);
        }
        self.out.push(']');
    }
}

fn push_text(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out.push('"');
}
