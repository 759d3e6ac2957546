//! What can keep a picture from being made.

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The document is no dashboard.
    #[error("this is not a dashboard: {0}")]
    Document(String),
    /// The asked panel is not on the dashboard.
    #[error("dashboard {dashboard:?} has no panel {panel}")]
    NoPanel {
        /// The dashboard's title.
        dashboard: String,
        /// The asked panel.
        panel: i64,
    },
    /// A size that no picture may have.
    #[error(
        "a picture of {width}x{height} pixels is outside of what can be drawn: {least} to {most} each, at most {pixels} in all"
    )]
    Size {
        /// Asked width.
        width: u32,
        /// Asked height.
        height: u32,
        /// Least side.
        least: u32,
        /// Largest side.
        most: u32,
        /// Largest product.
        pixels: u64,
    },
    /// More panels than a picture may have.
    #[error(
        "the dashboard has {panels} panels to draw, at most {most} fit a picture; draw one panel (panelId) or narrow a repeated variable"
    )]
    Panels {
        /// Panels to draw.
        panels: usize,
        /// Most.
        most: usize,
    },
    /// More values than a picture may hold.
    #[error(
        "the answers of panel {panel:?} hold more than {most} values; narrow its queries or the time range"
    )]
    Values {
        /// The panel's title.
        panel: String,
        /// Most.
        most: usize,
    },
    /// No font can be found.
    #[error(
        "no font was found in {looked}; install fonts (Debian: apt install fonts-noto-cjk, which has Korean too) or name a directory with --pictures.fonts-dir; format=svg needs none"
    )]
    NoFont {
        /// Where was looked.
        looked: String,
    },
    /// A time expression that cannot be read.
    #[error("time range: {0}")]
    Time(String),
    /// The picture could not be turned into its format.
    #[error("cannot write {format}: {reason}")]
    Encode {
        /// `PNG` or `PDF`.
        format: &'static str,
        /// Why.
        reason: String,
    },
}
