//! Protobuf's wire format: fields, one after another, borrowed from the message.

/// A message that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// It ends inside a field.
    #[error("unexpected end of message")]
    Truncated,
    /// A number longer than 64 bits.
    #[error("number does not fit 64 bits")]
    Varint,
    /// A field number or wire type that cannot be.
    #[error("illegal tag {0}")]
    Tag(u64),
    /// A field of another type than it should be.
    #[error("wrong wire type for field {0}")]
    Type(u32),
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Integers, enums, booleans.
    Varint(u64),
    /// Doubles and fixed 64-bit integers.
    Fixed64(u64),
    /// Strings, bytes, messages, packed lists.
    Bytes(&'a [u8]),
    /// Floats and fixed 32-bit integers.
    Fixed32(u32),
}

/// A field of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field<'a> {
    /// Its number.
    pub number: u32,
    /// Its value.
    pub value: Value<'a>,
}

impl<'a> Field<'a> {
    /// Takes a varint.
    ///
    /// # Errors
    /// [`WireError::Type`].
    pub fn varint(&self) -> Result<u64, WireError> {
        match self.value {
            Value::Varint(v) => Ok(v),
            Value::Fixed64(_) | Value::Bytes(_) | Value::Fixed32(_) => Err(WireError::Type(self.number)),
        }
    }

    /// Takes a zigzag-encoded integer.
    ///
    /// # Errors
    /// [`WireError::Type`].
    pub fn zigzag(&self) -> Result<i64, WireError> {
        self.varint().map(zigzag)
    }

    /// Takes a double.
    ///
    /// # Errors
    /// [`WireError::Type`].
    pub fn double(&self) -> Result<f64, WireError> {
        match self.value {
            Value::Fixed64(bits) => Ok(f64::from_bits(bits)),
            Value::Varint(_) | Value::Bytes(_) | Value::Fixed32(_) => Err(WireError::Type(self.number)),
        }
    }

    /// Takes bytes.
    ///
    /// # Errors
    /// [`WireError::Type`].
    pub fn bytes(&self) -> Result<&'a [u8], WireError> {
        match self.value {
            Value::Bytes(bytes) => Ok(bytes),
            Value::Varint(_) | Value::Fixed64(_) | Value::Fixed32(_) => Err(WireError::Type(self.number)),
        }
    }

    /// Adds the numbers of a repeated varint field, packed or not.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn varints(&self, mut add: impl FnMut(u64)) -> Result<(), WireError> {
        match self.value {
            Value::Varint(v) => add(v),
            Value::Bytes(bytes) => {
                let mut reader = Reader::new(bytes);
                while !reader.rest.is_empty() {
                    add(reader.varint()?);
                }
            }
            Value::Fixed64(_) | Value::Fixed32(_) => return Err(WireError::Type(self.number)),
        }
        Ok(())
    }

    /// Adds the numbers of a repeated double field, packed or not.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn doubles(&self, out: &mut Vec<f64>) -> Result<(), WireError> {
        match self.value {
            Value::Fixed64(bits) => out.push(f64::from_bits(bits)),
            Value::Bytes(bytes) => {
                let (numbers, rest) = bytes.as_chunks::<8>();
                if !rest.is_empty() {
                    return Err(WireError::Truncated);
                }
                out.extend(numbers.iter().map(|n| f64::from_le_bytes(*n)));
            }
            Value::Varint(_) | Value::Fixed32(_) => return Err(WireError::Type(self.number)),
        }
        Ok(())
    }
}

/// Undoes zigzag encoding.
pub fn zigzag(v: u64) -> i64 {
    (v >> 1) as i64 ^ -((v & 1) as i64)
}

/// Reads fields off a message.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first field.
    pub fn new(message: &'a [u8]) -> Reader<'a> {
        Reader { rest: message }
    }

    /// Returns what has not been read.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Reads a field; `None` at the end.
    ///
    /// # Errors
    /// [`WireError`].
    #[inline]
    pub fn field(&mut self) -> Result<Option<Field<'a>>, WireError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).ok().filter(|n| *n != 0).ok_or(WireError::Tag(tag))?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let len = self.varint()?;
                if len > self.rest.len() as u64 {
                    return Err(WireError::Truncated);
                }
                let (bytes, rest) = self.rest.split_at(len as usize);
                self.rest = rest;
                Value::Bytes(bytes)
            }
            5 => Value::Fixed32(u32::from_le_bytes(self.array()?)),
            _group => return Err(WireError::Tag(tag)),
        };
        Ok(Some(Field { number, value }))
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, WireError> {
        match self.rest {
            [first, rest @ ..] if *first < 0x80 => {
                self.rest = rest;
                Ok(u64::from(*first))
            }
            _longer => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, WireError> {
        let mut v = 0u64;
        for (i, &b) in self.rest.iter().enumerate() {
            if i == 10 || (i == 9 && b > 1) {
                return Err(WireError::Varint);
            }
            v |= u64::from(b & 0x7f) << (7 * i);
            if b < 0x80 {
                self.rest = &self.rest[i + 1..];
                return Ok(v);
            }
        }
        Err(WireError::Truncated)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(WireError::Truncated)?;
        self.rest = rest;
        Ok(*bytes)
    }
}
