//! Writers: metric families to bodies.

mod openmetrics;
mod protobuf;
mod text;

use crate::family::MetricFamily;
use crate::format::{Encoding, Format};

/// Writes a whole body. Families are written in the order given; names are escaped as the format asks.
pub fn write<'a>(families: impl IntoIterator<Item = &'a MetricFamily>, format: Format) -> Vec<u8> {
    let mut text = String::new();
    let mut binary = Vec::new();
    for family in families {
        let family = format.escaping.escape_family(family);
        match format.encoding {
            Encoding::Text => text::write_family(&mut text, &family),
            Encoding::OpenMetrics0 | Encoding::OpenMetrics1 => openmetrics::write_family(&mut text, &family),
            Encoding::Protobuf => protobuf::write_family(&mut binary, &family),
        }
    }
    match format.encoding {
        Encoding::Protobuf => binary,
        Encoding::Text => text.into_bytes(),
        Encoding::OpenMetrics0 | Encoding::OpenMetrics1 => {
            text.push_str("# EOF\n");
            text.into_bytes()
        }
    }
}

#[cfg(test)]
mod tests;
