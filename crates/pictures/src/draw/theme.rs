//! Colours of the page around the data.

use crate::field::color::Rgba;

/// Colours of one theme.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    /// Behind everything.
    pub page: Rgba,
    /// Behind a panel.
    pub panel: Rgba,
    /// Around a panel.
    pub border: Rgba,
    /// Of texts.
    pub text: Rgba,
    /// Of texts that matter less.
    pub weak: Rgba,
    /// Of lines behind data.
    pub grid: Rgba,
    /// Of troubles.
    pub error: Rgba,
}

impl Theme {
    /// The theme of dark or light pages.
    pub fn of(dark: bool) -> Theme {
        if dark {
            Theme {
                page: Rgba::hex(0x11_1217),
                panel: Rgba::hex(0x1b_1c20),
                border: Rgba::hex(0x34_363d),
                text: Rgba::hex(0xd8_d9df),
                weak: Rgba::hex(0xa3_a7b3),
                grid: Rgba::hex(0xcc_ccdc).with_alpha(0.12),
                error: Rgba::hex(0xff_7383),
            }
        } else {
            Theme {
                page: Rgba::hex(0xf4_f5f5),
                panel: Rgba::hex(0xff_ffff),
                border: Rgba::hex(0xdf_e1e6),
                text: Rgba::hex(0x1f_2329),
                weak: Rgba::hex(0x5a_6270),
                grid: Rgba::hex(0x24_292e).with_alpha(0.12),
                error: Rgba::hex(0xc4_162a),
            }
        }
    }
}
