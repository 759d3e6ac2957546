//! Classic histograms turned into native histograms with custom buckets (NHCB).

mod convert;
mod reader;

pub use convert::{ClassicHistogram, ConversionError};
pub use reader::NhcbReader;
