//! Colours by name, palettes, gradients.

use std::fmt;

/// A colour with its opacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rgba {
    /// Red, green, blue.
    pub rgb: [u8; 3],
    /// 0 to 1.
    pub alpha: f32,
}

/// The colour of what has none.
pub const FALLBACK: Rgba = Rgba { rgb: [0x80, 0x80, 0x80], alpha: 1.0 };
/// Nothing to be seen.
pub const NONE: Rgba = Rgba { rgb: [0, 0, 0], alpha: 0.0 };

/// Five shades of a hue on dark ground, then the next darker one, which is the last shade on light ground.
const HUES: [(&str, [u32; 6]); 6] = [
    ("red", [0xff_a6b0, 0xff_7383, 0xf2_495c, 0xe0_2f44, 0xc4_162a, 0xad_0317]),
    ("orange", [0xff_cb7d, 0xff_b357, 0xff_9830, 0xff_780a, 0xfa_6400, 0xe5_5400]),
    ("yellow", [0xff_f899, 0xff_ee52, 0xfa_de2a, 0xf2_cc0c, 0xe0_b400, 0xcc_9d00]),
    ("green", [0xc8_f2c2, 0x96_d98d, 0x73_bf69, 0x56_a64b, 0x37_872d, 0x19_730e]),
    ("blue", [0xc0_d8ff, 0x8a_b8ff, 0x57_94f2, 0x32_74d9, 0x1f_60c4, 0x12_50b0]),
    ("purple", [0xde_b6f2, 0xca_95e5, 0xb8_77d9, 0xa3_52cc, 0x8f_3bb8, 0x7c_2ea3]),
];
const SHADES: [&str; 5] = ["super-light-", "light-", "", "semi-dark-", "dark-"];

/// Names of the web that documents use beside the hues.
const NATIVE: [(&str, u32); 16] = [
    ("black", 0),
    ("white", 0xff_ffff),
    ("gray", 0x80_8080),
    ("grey", 0x80_8080),
    ("darkgray", 0xa9_a9a9),
    ("lightgray", 0xd3_d3d3),
    ("silver", 0xc0_c0c0),
    ("brown", 0xa5_2a2a),
    ("pink", 0xff_c0cb),
    ("cyan", 0x00_ffff),
    ("magenta", 0xff_00ff),
    ("lime", 0x00_ff00),
    ("navy", 0x00_0080),
    ("teal", 0x00_8080),
    ("violet", 0xee_82ee),
    ("gold", 0xff_d700),
];

/// The classic palette, in the order in which series take its colours.
pub const CLASSIC: [&str; 60] = [
    "green",
    "semi-dark-yellow",
    "blue",
    "orange",
    "red",
    "purple",
    "dark-green",
    "dark-yellow",
    "dark-blue",
    "dark-orange",
    "dark-red",
    "dark-purple",
    "super-light-green",
    "super-light-yellow",
    "super-light-blue",
    "super-light-orange",
    "super-light-red",
    "super-light-purple",
    "#447EBC",
    "#C15C17",
    "#890F02",
    "#0A437C",
    "#6D1F62",
    "#584477",
    "#B7DBAB",
    "#F4D598",
    "#70DBED",
    "#F9BA8F",
    "#F29191",
    "#82B5D8",
    "#E5A8E2",
    "#AEA2E0",
    "#629E51",
    "#E5AC0E",
    "#64B0C8",
    "#E0752D",
    "#BF1B00",
    "#0A50A1",
    "#962D82",
    "#614D93",
    "#9AC48A",
    "#F2C96D",
    "#65C5DB",
    "#F9934E",
    "#EA6460",
    "#5195CE",
    "#D683CE",
    "#806EB7",
    "#3F6833",
    "#967302",
    "#2F575E",
    "#99440A",
    "#58140C",
    "#052B51",
    "#511749",
    "#3F2B5B",
    "#E0F9D7",
    "#FCEACA",
    "#CFFAFF",
    "#F9E2D2",
];

/// Schemes of colours that follow the value, from the least to the greatest.
const CONTINUOUS: [(&str, &[&str]); 15] = [
    ("continuous-GrYlRd", &["green", "yellow", "red"]),
    ("continuous-RdYlGr", &["red", "yellow", "green"]),
    ("continuous-BlYlRd", &["dark-blue", "super-light-yellow", "dark-red"]),
    ("continuous-YlRd", &["super-light-yellow", "dark-red"]),
    ("continuous-BlPu", &["blue", "purple"]),
    ("continuous-YlBl", &["super-light-yellow", "dark-blue"]),
    ("continuous-blues", &["panel-bg", "dark-blue"]),
    ("continuous-reds", &["panel-bg", "dark-red"]),
    ("continuous-greens", &["panel-bg", "dark-green"]),
    ("continuous-purples", &["panel-bg", "dark-purple"]),
    ("continuous-viridis", &["#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"]),
    ("continuous-magma", &["#000004", "#51127c", "#b73779", "#fc8961", "#fcfdbf"]),
    ("continuous-plasma", &["#0d0887", "#7e03a8", "#cc4778", "#f89540", "#f0f921"]),
    ("continuous-inferno", &["#000004", "#57106e", "#bc3754", "#f98e09", "#fcffa4"]),
    ("continuous-cividis", &["#00224e", "#434e6c", "#7d7c78", "#bcae6c", "#fee838"]),
];

impl Rgba {
    /// A colour of one number.
    pub const fn hex(number: u32) -> Rgba {
        Rgba { rgb: [(number >> 16) as u8, (number >> 8) as u8, number as u8], alpha: 1.0 }
    }

    /// The same colour, seen through by so much.
    pub fn with_alpha(self, alpha: f32) -> Rgba {
        Rgba { alpha: self.alpha * alpha, ..self }
    }

    /// Part of the way to another colour.
    pub fn mix(self, other: Rgba, share: f32) -> Rgba {
        let part = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * share).round() as u8;
        let rgb = std::array::from_fn(|i| part(self.rgb[i], other.rgb[i]));
        Rgba { rgb, alpha: self.alpha + (other.alpha - self.alpha) * share }
    }

    /// Black or white, whichever reads better on this colour.
    pub fn text_on(self) -> Rgba {
        let [r, g, b] = self.rgb.map(|part| {
            let share = f32::from(part) / 255.0;
            if share <= 0.039_28 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        });
        if 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.3 { Rgba::hex(0x16_181d) } else { Rgba::hex(0xff_ffff) }
    }
}

impl fmt::Display for Rgba {
    /// `#rrggbb`; the opacity is written apart, as SVG wants it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.rgb;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

/// A colour by Grafana's name (`semi-dark-red`), `#rgb`, `#rrggbb[aa]`, `rgb(…)` or a name of the web.
pub fn named(name: &str, dark: bool) -> Rgba {
    let name = name.trim();
    match name {
        "" => return FALLBACK,
        "transparent" => return NONE,
        "text" => return Rgba::hex(if dark { 0xcc_ccdc } else { 0x24_292e }),
        "panel-bg" => return Rgba::hex(if dark { 0x1b_1c20 } else { 0xff_ffff }),
        _other => {}
    }
    for (hue, shades) in HUES {
        if let Some(shade) = name.strip_suffix(hue)
            && let Some(place) = SHADES.iter().position(|known| *known == shade)
        {
            return Rgba::hex(shades[place + usize::from(!dark)]);
        }
    }
    if let Some(digits) = name.strip_prefix('#') {
        return of_digits(digits).unwrap_or(FALLBACK);
    }
    if let Some(parts) = name.strip_prefix("rgba").or_else(|| name.strip_prefix("rgb")) {
        return of_parts(parts).unwrap_or(FALLBACK);
    }
    let lower = name.to_ascii_lowercase();
    NATIVE.iter().find(|(known, _)| *known == lower).map_or(FALLBACK, |(_, number)| Rgba::hex(*number))
}

fn of_digits(digits: &str) -> Option<Rgba> {
    let number = u32::from_str_radix(digits, 16).ok()?;
    match digits.len() {
        3 => {
            let wide = |part: u32| ((number >> part) & 0xf) * 0x11;
            Some(Rgba::hex(wide(8) << 16 | wide(4) << 8 | wide(0)))
        }
        6 => Some(Rgba::hex(number)),
        8 => Some(Rgba::hex(number >> 8).with_alpha((number & 0xff) as f32 / 255.0)),
        _ => None,
    }
}

fn of_parts(parts: &str) -> Option<Rgba> {
    let inner = parts.trim().strip_prefix('(')?.strip_suffix(')')?;
    let numbers: Vec<f32> = inner
        .split([',', ' ', '/'])
        .filter(|part| !part.is_empty())
        .map(|part| match part.strip_suffix('%') {
            Some(percent) => percent.parse::<f32>().map(|p| p / 100.0),
            None => part.parse(),
        })
        .collect::<Result<_, _>>()
        .ok()?;
    let [r, g, b, rest @ ..] = numbers.as_slice() else { return None };
    let part = |value: &f32| value.clamp(0.0, 255.0) as u8;
    Some(Rgba { rgb: [part(r), part(g), part(b)], alpha: rest.first().map_or(1.0, |a| a.clamp(0.0, 1.0)) })
}

/// The classic palette's nth colour.
pub fn classic(index: usize, dark: bool) -> Rgba {
    named(CLASSIC[index % CLASSIC.len()], dark)
}

/// The colours of a scheme that follows the value.
pub fn scheme(mode: &str) -> Option<&'static [&'static str]> {
    CONTINUOUS.iter().find(|(known, _)| *known == mode).map(|(_, colors)| *colors)
}

/// The colour at a share of a scheme. The curve is a uniform B-spline through the ends, as the web UI draws it.
pub fn along(colors: &[&str], share: f64, dark: bool) -> Rgba {
    let stops: Vec<Rgba> = colors.iter().map(|name| named(name, dark)).collect();
    let Some(last) = stops.len().checked_sub(1).filter(|last| *last > 0) else {
        return stops.first().copied().unwrap_or(FALLBACK);
    };
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let place = ((share * last as f64).floor() as usize).min(last - 1);
    let t = share * last as f64 - place as f64;
    let channel = |pick: fn(&Rgba) -> f64| {
        let (v1, v2) = (pick(&stops[place]), pick(&stops[place + 1]));
        let v0 = if place > 0 { pick(&stops[place - 1]) } else { 2.0 * v1 - v2 };
        let v3 = if place + 2 <= last { pick(&stops[place + 2]) } else { 2.0 * v2 - v1 };
        let (t2, t3) = (t * t, t * t * t);
        let sum = (1.0 - 3.0 * t + 3.0 * t2 - t3) * v0
            + (4.0 - 6.0 * t2 + 3.0 * t3) * v1
            + (1.0 + 3.0 * t + 3.0 * t2 - 3.0 * t3) * v2
            + t3 * v3;
        (sum / 6.0).round().clamp(0.0, 255.0) as u8
    };
    let rgb = [
        channel(|c| f64::from(c.rgb[0])),
        channel(|c| f64::from(c.rgb[1])),
        channel(|c| f64::from(c.rgb[2])),
    ];
    Rgba { rgb, alpha: 1.0 }
}

/// The place in a palette that a name always gets.
pub fn name_hash(name: &str) -> usize {
    let mut hash: i32 = 0;
    for unit in name.encode_utf16() {
        hash = hash.wrapping_shl(5).wrapping_sub(hash).wrapping_add(i32::from(unit));
    }
    hash.unsigned_abs() as usize
}
