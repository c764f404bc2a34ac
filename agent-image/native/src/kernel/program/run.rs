//! Runs a program over a request: walks down to the level it is for, and copies everything else in as large pieces as there are.

use super::edit::{Edits, Entries};
use super::path::{ITEM, PART, Place, RESOURCE, Range, SCOPE};
use super::predicate::Predicate;
use crate::kernel::draft::Draft;
use crate::kernel::signal::{ITEMS, POINTS, RESOURCES, SCOPES, Signal, is_data};
use crate::kernel::wire::{DELIMITED, Field, Fields, Result, tag_of};

/// What is done to each message of the level.
#[derive(Clone, Copy)]
pub enum Action<'p> {
    Edit(&'p Edits),
    Drop(&'p Predicate),
    Ask(&'p dyn Editor),
}

/// Edits messages as the run comes to them.
pub trait Editor {
    /// The items of this scope come next.
    fn enter(&self, data: &[u8], scope: &Place<'_>) -> Result<()>;

    /// Put the attributes and assigned fields of the message at `level` into the entries; whether anything changed.
    fn edit(&self, data: &[u8], place: &Place<'_>, level: usize, entries: &mut Entries) -> Result<bool>;
}

/// Resource in ResourceSpans and its like, and InstrumentationScope in ScopeSpans and its like.
const OWN: u32 = tag_of(1, DELIMITED);
const EVENTS: u32 = tag_of(11, DELIMITED);

/// A request under work.
pub struct Run<'a, 'p> {
    data: &'a [u8],
    signal: Signal,
    level: usize,
    action: Action<'p>,
    scope_first: bool,
    draft: Draft<'a>,
    entries: Entries,
    changed: bool,
    dropped: usize,
}

impl<'a, 'p> Run<'a, 'p> {
    pub fn new(data: &'a [u8], signal: Signal, level: usize, action: Action<'p>) -> Self {
        let scope_read = match action {
            Action::Edit(edits) => edits.read_scope(),
            Action::Drop(condition) => condition.reads(SCOPE),
            Action::Ask(_) => true,
        };
        let scope_first = level == SCOPE || scope_read;
        let draft = Draft::new(data);
        Self { data, signal, level, action, scope_first, draft, entries: Entries::default(), changed: false, dropped: 0 }
    }

    /// The new request, None if it is as it was; and how many messages of the level were dropped.
    pub fn finish(mut self) -> Result<(Option<Draft<'a>>, usize)> {
        let mut request = Fields::new(self.data, 0, self.data.len());
        while let Some(field) = request.next()? {
            if field.tag == RESOURCES {
                self.resource(&field)?;
            } else {
                self.draft.field(&field);
            }
        }
        Ok((self.changed.then_some(self.draft), self.dropped))
    }

    fn drops(&self) -> bool {
        matches!(self.action, Action::Drop(_))
    }

    fn resource(&mut self, field: &Field) -> Result<()> {
        let resource = own(self.data, field)?;
        let place = Place { bodies: [&resource, &[], &[], &[]], attributes: [tag_of(1, DELIMITED), tag_of(3, DELIMITED), 0, 0] };
        if self.level == RESOURCE && self.dropped_here(&place)? {
            return Ok(());
        }
        let mark = self.draft.mark();
        let mut left = 0;
        self.draft.begin(RESOURCES);
        let edited = self.level == RESOURCE && self.edit_own(&place)?;
        let mut fields = Fields::new(self.data, field.body, field.end);
        while let Some(inner) = fields.next()? {
            match inner.tag {
                SCOPES if self.level > RESOURCE => left += usize::from(self.scope(&inner, &place)?),
                OWN if edited => {}
                _ => self.draft.field(&inner),
            }
        }
        self.draft.end();
        if self.drops() && self.level > RESOURCE && left == 0 {
            self.draft.back_to(mark);
            self.changed = true;
        }
        Ok(())
    }

    /// Whether the scope is still there.
    fn scope(&mut self, field: &Field, resource: &Place<'_>) -> Result<bool> {
        let scope = if self.scope_first { own(self.data, field)? } else { Vec::new() };
        let mut place = *resource;
        place.bodies[SCOPE] = &scope;
        if self.level == SCOPE && self.dropped_here(&place)? {
            return Ok(false);
        }
        if let Action::Ask(editor) = self.action {
            editor.enter(self.data, &place)?;
        }
        let mark = self.draft.mark();
        let mut left = 0;
        self.draft.begin(SCOPES);
        let edited = self.level == SCOPE && self.edit_own(&place)?;
        let mut fields = Fields::new(self.data, field.body, field.end);
        while let Some(inner) = fields.next()? {
            match inner.tag {
                ITEMS if self.level > SCOPE => left += usize::from(self.item(&inner, &place)?),
                OWN if edited => {}
                _ => self.draft.field(&inner),
            }
        }
        self.draft.end();
        if self.drops() && self.level > SCOPE && left == 0 {
            self.draft.back_to(mark);
            self.changed = true;
            return Ok(false);
        }
        Ok(true)
    }

    /// Whether the span, record or metric is still there.
    fn item(&mut self, field: &Field, scope: &Place<'_>) -> Result<bool> {
        let item = [(field.body, field.end)];
        let mut place = *scope;
        place.bodies[ITEM] = &item;
        place.attributes[ITEM] = match self.signal {
            Signal::Traces => tag_of(9, DELIMITED),
            Signal::Logs => tag_of(6, DELIMITED),
            Signal::Metrics => 0,
        };
        if self.level == ITEM {
            return self.message(field, ITEM, &place);
        }
        let mark = self.draft.mark();
        let before = std::mem::take(&mut self.changed);
        self.draft.begin(ITEMS);
        let left = match self.signal {
            Signal::Metrics => self.points(field, &mut place)?,
            _ => self.events(field, &mut place)?,
        };
        self.draft.end();
        if left == 0 && self.drops() {
            self.draft.back_to(mark);
            self.changed = true;
            return Ok(false);
        }
        if !self.changed {
            self.draft.back_to(mark);
            self.draft.field(field);
        }
        self.changed |= before;
        Ok(true)
    }

    /// A span stays although all its events are dropped, so this counts the span.
    fn events(&mut self, span: &Field, place: &mut Place<'_>) -> Result<usize> {
        place.attributes[PART] = tag_of(3, DELIMITED);
        let mut fields = Fields::new(self.data, span.body, span.end);
        while let Some(field) = fields.next()? {
            if field.tag == EVENTS {
                self.part(&field, place)?;
            } else {
                self.draft.field(&field);
            }
        }
        Ok(1)
    }

    /// Points left in a metric: of several `data` fields the last kind counts.
    fn points(&mut self, metric: &Field, place: &mut Place<'_>) -> Result<usize> {
        let (mut kind, mut left, dropped) = (0, 0, self.dropped);
        let mut fields = Fields::new(self.data, metric.body, metric.end);
        while let Some(field) = fields.next()? {
            if !is_data(field.tag) {
                self.draft.field(&field);
                continue;
            }
            if field.tag != kind {
                (kind, left, self.dropped) = (field.tag, 0, dropped);
                place.attributes[PART] = match kind >> 3 {
                    9 => tag_of(9, DELIMITED),
                    10 => tag_of(1, DELIMITED),
                    _ => tag_of(7, DELIMITED),
                };
            }
            self.draft.begin(field.tag);
            let mut inside = Fields::new(self.data, field.body, field.end);
            while let Some(point) = inside.next()? {
                if point.tag == POINTS {
                    left += usize::from(self.part(&point, place)?);
                } else {
                    self.draft.field(&point);
                }
            }
            self.draft.end();
        }
        Ok(left)
    }

    fn part(&mut self, field: &Field, item: &Place<'_>) -> Result<bool> {
        let part = [(field.body, field.end)];
        let mut place = *item;
        place.bodies[PART] = &part;
        self.message(field, PART, &place)
    }

    /// Edit or drop the message in `field`; whether it is still there.
    fn message(&mut self, field: &Field, level: usize, place: &Place<'_>) -> Result<bool> {
        if self.dropped_here(place)? {
            return Ok(false);
        }
        let edited = match self.action {
            Action::Edit(edits) => self.entries.edit(self.data, place, level, edits)?,
            Action::Drop(_) => false,
            Action::Ask(editor) => editor.edit(self.data, place, level, &mut self.entries)?,
        };
        if edited {
            self.draft.begin(field.tag);
            self.entries.write(self.data, place.bodies[level], place.attributes[level], &mut self.draft)?;
            self.draft.end();
            self.changed = true;
        } else {
            self.draft.field(field);
        }
        Ok(true)
    }

    /// Edit the resource or scope itself and write it, if that changes it.
    fn edit_own(&mut self, place: &Place<'_>) -> Result<bool> {
        let Action::Edit(edits) = self.action else { return Ok(false) };
        let level = self.level;
        if !self.entries.edit(self.data, place, level, edits)? {
            return Ok(false);
        }
        self.draft.begin(OWN);
        self.entries.write(self.data, place.bodies[level], place.attributes[level], &mut self.draft)?;
        self.draft.end();
        self.changed = true;
        Ok(true)
    }

    fn dropped_here(&mut self, place: &Place<'_>) -> Result<bool> {
        let Action::Drop(condition) = self.action else { return Ok(false) };
        let dropped = condition.holds(self.data, place, None)?;
        self.dropped += usize::from(dropped);
        self.changed |= dropped;
        Ok(dropped)
    }
}

/// The pieces of the resource or scope in the message that `field` holds.
pub fn own(data: &[u8], field: &Field) -> Result<Vec<Range>> {
    let mut pieces = Vec::new();
    let mut fields = Fields::new(data, field.body, field.end);
    while let Some(inner) = fields.next()? {
        if inner.tag == OWN {
            pieces.push((inner.body, inner.end));
        }
    }
    Ok(pieces)
}
