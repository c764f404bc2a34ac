//! Edits of the attributes of one message: each step changes the entries as the steps before left them.

use regex::Regex;

use super::assign::{Assigned, Owned};
use super::convert::{Algorithm, Target, convert, hash};
use super::json::value_bytes;
use super::path::{Access, Edited, KEY, Path, Place, Range, SCOPE, VALUE, What, key_of, value_of};
use super::predicate::{Operand, Predicate};
use super::value::{Value, push_delimited};
use crate::kernel::draft::Draft;
use crate::kernel::validate::usual_key;
use crate::kernel::wire::{Fields, Result};

pub struct Step {
    pub edit: Edit,
    pub condition: Option<Predicate>,
}

/// Steps, and the condition on a message as it came for any of them to be run.
pub struct Edits {
    pub steps: Vec<Step>,
    pub condition: Option<Predicate>,
}

impl Edits {
    /// Whether the instrumentation scope must be known before its items.
    pub fn read_scope(&self) -> bool {
        self.steps.iter().any(Step::reads_scope) || self.condition.as_ref().is_some_and(|condition| condition.reads(SCOPE))
    }
}

impl Step {
    fn reads_scope(&self) -> bool {
        let source = match &self.edit {
            Edit::Set { source: Source::Path(path), .. } | Edit::Assign(_, Operand::Path(path)) => path.level == SCOPE,
            _ => false,
        };
        source || self.condition.as_ref().is_some_and(|condition| condition.reads(SCOPE))
    }
}

pub enum Edit {
    Set {
        key: Vec<u8>,
        present: bool,
        absent: bool,
        source: Source,
    },
    /// Of a field; a value of another type than the field has is not assigned.
    Assign(Access, Operand),
    Delete(Keys),
    Hash(Keys, Algorithm),
    Extract {
        key: Vec<u8>,
        pattern: Regex,
    },
    Convert {
        key: Vec<u8>,
        target: Target,
    },
}

/// Which attributes an edit is for: those with a key, or those whose keys match.
pub enum Keys {
    One(Vec<u8>),
    Matching(Regex),
    Except(Vec<Vec<u8>>),
    NotMatching(Regex),
}

pub enum Source {
    /// An encoded AnyValue.
    Literal(Vec<u8>),
    Path(Path),
}

impl Keys {
    fn has(&self, key: &[u8]) -> bool {
        match self {
            Keys::One(wanted) => wanted == key,
            Keys::Matching(pattern) => str::from_utf8(key).is_ok_and(|key| pattern.is_match(key)),
            Keys::Except(wanted) => !wanted.iter().any(|wanted| wanted == key),
            Keys::NotMatching(pattern) => !str::from_utf8(key).is_ok_and(|key| pattern.is_match(key)),
        }
    }
}

/// The attributes of one message in order, and the fields that were assigned.
#[derive(Default)]
pub struct Entries {
    entries: Vec<Entry>,
    assigned: Assigned,
    changed: bool,
}

/// One attribute, or where one was: `origin` is its field in the request.
struct Entry {
    origin: Option<Range>,
    state: State,
}

enum State {
    /// As in the request: where the KeyValue is, and its key.
    Kept(Range, Range),
    /// A KeyValue of our own, and where in it the key is.
    Made(Vec<u8>, Range),
    Removed,
}

impl Entry {
    fn key_value<'a>(&'a self, data: &'a [u8]) -> Option<&'a [u8]> {
        match &self.state {
            State::Kept((start, end), _) => Some(&data[*start..*end]),
            State::Made(bytes, _) => Some(bytes),
            State::Removed => None,
        }
    }

    fn key<'a>(&'a self, data: &'a [u8]) -> Option<&'a [u8]> {
        match &self.state {
            State::Kept(_, (start, end)) => Some(&data[*start..*end]),
            State::Made(bytes, (start, end)) => Some(&bytes[*start..*end]),
            State::Removed => None,
        }
    }
}

impl Entries {
    /// The first KeyValue with the key.
    pub fn get<'a>(&'a self, data: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
        self.entries.iter().find(|entry| entry.key(data) == Some(key))?.key_value(data)
    }

    /// What a field was assigned.
    pub fn assigned<'a>(&'a self, access: &Access) -> Option<Value<'a>> {
        self.assigned.get(access)
    }

    /// Begin with the attributes that the message has.
    pub fn begin(&mut self, data: &[u8], bodies: &[Range], tag: u32) -> Result<()> {
        self.assigned.clear();
        self.read(data, bodies, tag)
    }

    /// Where the attributes that are as they were stand: the KeyValue, and its key.
    pub fn kept(&self) -> impl Iterator<Item = (Range, Range)> {
        self.entries.iter().filter_map(|entry| match entry.state {
            State::Kept(key_value, key) => Some((key_value, key)),
            _ => None,
        })
    }

    /// Give a field a value.
    pub fn assign(&mut self, access: Access, value: Owned) {
        self.assigned.set(access, value);
        self.changed = true;
    }

    /// Set the attributes with the key to an encoded value, unless the first of them has that.
    pub fn put(&mut self, data: &[u8], key: &[u8], value: &[u8]) -> Result<()> {
        let Some(found) = self.get(data, key) else { return Ok(()) };
        let same = match usual_key(found) {
            Some(text) => found[text + 4..] == *value,
            None => value_bytes(found)? == value,
        };
        if same { Ok(()) } else { self.replace(data, |candidate| candidate == key, |_| Some(value.to_vec())) }
    }

    /// Add an attribute with an encoded value behind the others.
    pub fn add(&mut self, key: &[u8], value: &[u8]) {
        let mut made = Vec::with_capacity(key.len() + value.len() + 8);
        push_delimited(&mut made, KEY, key);
        let range = (made.len() - key.len(), made.len());
        push_delimited(&mut made, VALUE, value);
        self.entries.push(Entry { origin: None, state: State::Made(made, range) });
        self.changed = true;
    }

    /// Remove the attributes with the key.
    pub fn remove(&mut self, data: &[u8], key: &[u8]) {
        for entry in self.entries.iter_mut().filter(|entry| entry.key(data) == Some(key)) {
            entry.state = State::Removed;
            self.changed = true;
        }
    }

    /// Whether anything was edited since it began.
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// Run the steps on the message at `level` if it meets the condition; whether anything changed.
    pub fn edit(&mut self, data: &[u8], place: &Place<'_>, level: usize, edits: &Edits) -> Result<bool> {
        if let Some(condition) = &edits.condition
            && !condition.holds(data, place, None)?
        {
            return Ok(false);
        }
        self.read(data, place.bodies[level], place.attributes[level])?;
        self.assigned.clear();
        for step in &edits.steps {
            let edited = Edited { level, entries: self };
            if let Some(condition) = &step.condition
                && !condition.holds(data, place, Some(edited))?
            {
                continue;
            }
            self.run(data, place, level, &step.edit)?;
        }
        Ok(self.changed)
    }

    /// Write the message with its attributes as they are now: what stands between them in the request stays there.
    pub fn write(&self, data: &[u8], bodies: &[Range], tag: u32, draft: &mut Draft<'_>) -> Result<()> {
        let replaced = self.assigned.places(data, bodies)?;
        let mut entries = self.entries.iter().peekable();
        let mut gaps = replaced.iter().peekable();
        for &(start, end) in bodies {
            let mut at = start;
            let mut copy = |draft: &mut Draft<'_>, mut from: usize, to: usize| {
                while let Some(gap) = gaps.next_if(|gap| from <= gap.0 && gap.1 <= to) {
                    draft.copy(from, gap.0);
                    from = gap.1;
                }
                draft.copy(from, to);
            };
            while let Some(entry) =
                entries.next_if(|entry| entry.origin.is_some_and(|origin| start <= origin.0 && origin.1 <= end))
            {
                if let (Some((field, after)), false) = (entry.origin, matches!(entry.state, State::Kept(..))) {
                    copy(draft, at, field);
                    write_made(entry, tag, draft);
                    at = after;
                }
            }
            copy(draft, at, end);
        }
        entries.for_each(|entry| write_made(entry, tag, draft));
        self.assigned.write(data, bodies, draft)
    }

    fn read(&mut self, data: &[u8], bodies: &[Range], tag: u32) -> Result<()> {
        self.entries.clear();
        self.changed = false;
        for &(start, end) in bodies {
            let mut fields = Fields::new(data, start, end);
            while let Some(field) = fields.next()? {
                if field.tag == tag {
                    let key = key_of(&data[field.body..field.end])?;
                    let state = State::Kept((field.body, field.end), (field.body + key.0, field.body + key.1));
                    self.entries.push(Entry { origin: Some((field.start, field.end)), state });
                }
            }
        }
        Ok(())
    }

    fn run(&mut self, data: &[u8], place: &Place<'_>, level: usize, edit: &Edit) -> Result<()> {
        match edit {
            Edit::Set { key, present, absent, source: Source::Literal(value) } => self.set(data, key, value, *present, *absent),
            Edit::Set { key, present, absent, source: Source::Path(path) } => {
                let edited = Edited { level, entries: self };
                match taken(path, data, place, edited)? {
                    Some(value) => self.set(data, key, &value, *present, *absent),
                    None => Ok(()),
                }
            }
            Edit::Assign(access, operand) => {
                let edited = Edited { level, entries: self };
                let value = operand.read(data, place, Some(edited))?;
                if let Some(owned) = Owned::fitting(access, &value) {
                    self.assigned.set(*access, owned);
                    self.changed = true;
                }
                Ok(())
            }
            Edit::Delete(keys) => {
                for entry in &mut self.entries {
                    if entry.key(data).is_some_and(|key| keys.has(key)) {
                        entry.state = State::Removed;
                        self.changed = true;
                    }
                }
                Ok(())
            }
            Edit::Hash(keys, algorithm) => {
                let digest = |value: &Value<'_>| Some(encoded(&Value::Text(hash(value, *algorithm).as_bytes())));
                self.replace(data, |key| keys.has(key), digest)
            }
            Edit::Convert { key, target } => {
                let converted = |value: &Value<'_>| convert(value, *target).map(|value| encoded(&value.value()));
                self.replace(data, |candidate| candidate == key, converted)
            }
            Edit::Extract { key, pattern } => self.extract(data, key, pattern),
        }
    }

    fn set(&mut self, data: &[u8], key: &[u8], value: &[u8], present: bool, absent: bool) -> Result<()> {
        let found = self.get(data, key).is_some();
        if found && present {
            return self.replace(data, |candidate| candidate == key, |_| Some(value.to_vec()));
        }
        if !found && absent {
            self.add(key, value);
        }
        Ok(())
    }

    /// Give every entry that is `chosen` the encoded value that `make` returns.
    fn replace(
        &mut self,
        data: &[u8],
        chosen: impl Fn(&[u8]) -> bool,
        make: impl Fn(&Value<'_>) -> Option<Vec<u8>>,
    ) -> Result<()> {
        for entry in &mut self.entries {
            if !entry.key(data).is_some_and(&chosen) {
                continue;
            }
            let Some(key_value) = entry.key_value(data) else { continue };
            let Some(value) = make(&value_of(key_value)?) else { continue };
            let made = with_value(key_value, &value)?;
            let key = key_of(&made)?;
            entry.state = State::Made(made, key);
            self.changed = true;
        }
        Ok(())
    }

    fn extract(&mut self, data: &[u8], key: &[u8], pattern: &Regex) -> Result<()> {
        let Some(key_value) = self.get(data, key) else { return Ok(()) };
        let Value::Text(text) = value_of(key_value)? else { return Ok(()) };
        let Some(captures) = str::from_utf8(text).ok().and_then(|text| pattern.captures(text)) else { return Ok(()) };
        let named = pattern.capture_names().enumerate().filter_map(|(number, name)| name.map(|name| (number, name)));
        let group = |number| captures.get(number).map_or("", |group| group.as_str());
        let found: Vec<_> =
            named.map(|(number, name)| (name.as_bytes(), encoded(&Value::Text(group(number).as_bytes())))).collect();
        for (name, value) in found {
            self.set(data, name, &value, true, true)?;
        }
        Ok(())
    }
}

fn write_made(entry: &Entry, tag: u32, draft: &mut Draft<'_>) {
    if let State::Made(bytes, _) = &entry.state {
        draft.begin(tag);
        draft.add(bytes);
        draft.end();
    }
}

/// The encoded AnyValue that a path leads to; None for an attribute that is not there.
fn taken(path: &Path, data: &[u8], place: &Place<'_>, edited: Edited<'_>) -> Result<Option<Vec<u8>>> {
    if !matches!(path.what, What::Attribute(_)) {
        return Ok(Some(encoded(&path.read(data, place, Some(edited))?)));
    }
    let Some(key_value) = path.find(data, place, Some(edited))? else { return Ok(None) };
    value_bytes(key_value).map(Some)
}

fn encoded(value: &Value<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    value.write(&mut out);
    out
}

/// The KeyValue with another value; what else is in it stays.
fn with_value(key_value: &[u8], value: &[u8]) -> Result<Vec<u8>> {
    let mut made = Vec::with_capacity(key_value.len() + value.len() + 4);
    let mut fields = Fields::new(key_value, 0, key_value.len());
    while let Some(field) = fields.next()? {
        if field.tag != VALUE {
            made.extend_from_slice(&key_value[field.start..field.end]);
        }
    }
    push_delimited(&mut made, VALUE, value);
    Ok(made)
}
