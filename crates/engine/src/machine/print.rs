//! `print`: a line for each combination of its arguments' values.

use lictor_value::text::write_rego;
use lictor_value::{Value, View};

use super::Machine;
use super::loops::elements;

/// Lines that one `print` writes at most: arguments multiply.
const MOST: usize = 100_000;

impl<'v> Machine<'v, '_> {
    /// Prints the combinations of what the arguments hold; the first argument changes slowest.
    #[cold]
    pub(super) fn print(&mut self, args: &[Value<'v>], at: usize) {
        let place = self.program.places.get(at).copied().unwrap_or_default();
        let file = self.program.files.get(place.file as usize).map_or("", |file| file);
        let origin = format!("{file}:{}", place.row);
        let columns: Vec<&[Value<'v>]> = args.iter().map(|arg| elements(*arg).map_or(&[][..], |e| e.1)).collect();
        // A position in each column, the last one turning fastest.
        let mut positions = vec![0; columns.len()];
        let mut text = Vec::new();
        for _ in 0..MOST {
            text.clear();
            for (i, (column, position)) in columns.iter().zip(&positions).enumerate() {
                if i > 0 {
                    text.push(b' ');
                }
                match column.get(*position).map(|value| (value, value.view())) {
                    None => text.extend_from_slice(b"<undefined>"),
                    Some((_, View::Str(s))) => text.extend_from_slice(s),
                    Some((value, _)) => write_rego(*value, &mut text),
                }
            }
            self.options.host.print(&origin, &String::from_utf8_lossy(&text));
            let turned = columns.iter().zip(&mut positions).rev().any(|(column, position)| {
                *position += 1;
                let more = *position < column.len();
                if !more {
                    *position = 0;
                }
                more
            });
            if !turned {
                return;
            }
        }
    }
}
