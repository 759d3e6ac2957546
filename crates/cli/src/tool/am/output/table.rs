//! Columns aligned by spaces, as Go's `text/tabwriter` does it with a padding of two.
//!
//! A cell ends with a tab; what stands behind a line's last tab belongs to no column. A column is a run of lines that have the
//! cell, so a line without tabs begins a new table.

use std::io::{self, Write};

const PADDING: usize = 2;

/// Writes lines whose cells end with tabs.
pub(super) fn write_table(rows: &[String], out: &mut dyn Write) -> io::Result<()> {
    // A line break in a cell is a new line, as it would be in the original.
    let lines: Vec<Vec<&str>> =
        rows.iter().flat_map(|row| row.split('\n')).map(|line| line.split('\t').collect()).collect();
    let mut widths: Vec<Vec<usize>> = lines.iter().map(|cells| vec![0; cells.len() - 1]).collect();
    let columns = widths.iter().map(Vec::len).max().unwrap_or(0);
    for column in 0..columns {
        let mut begin = 0;
        while begin < lines.len() {
            let run = widths[begin..].iter().take_while(|cells| cells.len() > column).count();
            if run == 0 {
                begin += 1;
                continue;
            }
            let width = |cells: &Vec<&str>| cells[column].chars().count();
            let widest = lines[begin..begin + run].iter().map(width).max().unwrap_or(0);
            widths[begin..begin + run].iter_mut().for_each(|cells| cells[column] = widest + PADDING);
            begin += run;
        }
    }
    for (cells, widths) in lines.iter().zip(&widths) {
        for (cell, width) in cells.iter().zip(widths) {
            write!(out, "{cell:width$}")?;
        }
        writeln!(out, "{}", cells[cells.len() - 1])?;
    }
    Ok(())
}
