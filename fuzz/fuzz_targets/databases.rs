//! Any bytes as what a PostgreSQL or MySQL server says: read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sources::mysql::packets;
use sources::postgres::messages;
use sources::sql::rows::Rows;

fuzz_target!(|bytes: &[u8]| {
    messages::error(bytes);
    packets::error(bytes);
    packets::greeting(bytes).ok();
    packets::column(bytes).ok();
    let cells = packets::row(bytes, 8).ok();
    let Ok(columns) = messages::columns(bytes) else { return };
    let mut rows = Rows::new(columns);
    for row in [cells, messages::row(bytes).ok()].into_iter().flatten() {
        rows.push(&row);
    }
    let lengths: Vec<usize> = rows.into_fields().iter().map(|field| field.column.len()).collect();
    assert!(lengths.windows(2).all(|pair| pair[0] == pair[1]), "columns of one length");
});
