//! Counts items; looks at the outer levels only.

use super::signal::{ITEMS, POINTS, RESOURCES, SCOPES, Signal, is_data};
use super::wire::{Field, Fields, Result};

/// Spans, data points or log records in a request.
pub fn count(signal: Signal, data: &[u8]) -> Result<usize> {
    let mut items = 0;
    walk(data, |item, scope| {
        items += if signal == Signal::Metrics { points(scope.inside(item)?)? } else { 1 };
        Ok(())
    })?;
    Ok(items)
}

/// Visit every span, metric or log record of a request.
pub fn for_each_item(data: &[u8], mut visit: impl FnMut(&Field) -> Result<()>) -> Result<()> {
    walk(data, |item, _| visit(item))
}

#[inline]
fn walk(data: &[u8], mut visit: impl FnMut(&Field, &Fields<'_>) -> Result<()>) -> Result<()> {
    let mut request = Fields::new(data, 0, data.len());
    while let Some(resource) = request.next()? {
        if resource.tag != RESOURCES {
            continue;
        }
        let mut scopes = request.inside(&resource)?;
        while let Some(scope) = scopes.next()? {
            if scope.tag != SCOPES {
                continue;
            }
            let mut items = scopes.inside(&scope)?;
            while let Some(item) = items.next()? {
                if item.tag == ITEMS {
                    visit(&item, &items)?;
                }
            }
        }
    }
    Ok(())
}

/// Points of a metric: of several `data` fields the last kind counts, and fields of one kind in a row are one message.
fn points(mut metric: Fields<'_>) -> Result<usize> {
    let (mut kind, mut points) = (0, 0);
    while let Some(field) = metric.next()? {
        if !is_data(field.tag) {
            continue;
        }
        if field.tag != kind {
            (kind, points) = (field.tag, 0);
        }
        let mut inside = metric.inside(&field)?;
        while let Some(point) = inside.next()? {
            points += usize::from(point.tag == POINTS);
        }
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_kinds_of_data_the_last_counts() {
        let data = b"\x0a\x10\x12\x0e\x12\x0c\x2a\x02\x0a\x00\x5a\x06\x0a\x00\x0a\x00\x0a\x00";
        assert_eq!(count(Signal::Metrics, data), Ok(3));
    }

    #[test]
    fn an_item_is_not_looked_into() {
        assert_eq!(count(Signal::Logs, b"\x0a\x05\x12\x03\x12\x01\xff"), Ok(1));
    }
}
