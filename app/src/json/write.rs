//! Writes JSON as serde_json does, in less code: what a phone writes goes into a string in memory, so writing never
//! fails, and the derived writers need no way out after each field.

use serde::{
    Serialize, Serializer,
    ser::{
        Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};
use std::fmt;

/// The value as JSON. Keys of maps must be texts.
pub fn to_string(value: &impl Serialize) -> String {
    let mut writer = Writer(String::new());
    let Ok(()) = value.serialize(&mut writer);
    writer.0
}

struct Writer(String);

/// The mistake that is never made.
#[derive(Debug)]
enum Never {}

impl fmt::Display for Never {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl std::error::Error for Never {}

impl Error for Never {
    fn custom<T: fmt::Display>(_: T) -> Self {
        panic!("no type of ours refuses to be written")
    }
}

impl Writer {
    /// A comma, unless it is the first in its list or record.
    fn comma(&mut self) {
        if !self.0.ends_with(['[', '{']) {
            self.0.push(',');
        }
    }

    fn text(&mut self, text: &str) {
        self.0.push('"');
        for letter in text.chars() {
            match letter {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                '\u{8}' => self.0.push_str("\\b"),
                '\u{c}' => self.0.push_str("\\f"),
                '\n' => self.0.push_str("\\n"),
                '\r' => self.0.push_str("\\r"),
                '\t' => self.0.push_str("\\t"),
                '\0'..='\u{1f}' => {
                    self.0.push_str("\\u00");
                    let code = u32::from(letter);
                    self.0.extend(char::from_digit(code >> 4, 16));
                    self.0.extend(char::from_digit(code & 15, 16));
                }
                _ => self.0.push(letter),
            }
        }
        self.0.push('"');
    }

    fn key(&mut self, name: &str) {
        self.comma();
        self.text(name);
        self.0.push(':');
    }

    /// The beginning of a variant that has something in it.
    fn variant(&mut self, name: &str) {
        self.0.push('{');
        self.key(name);
    }

    fn size(&mut self, size: u64) {
        self.0.push_str(&size.to_string());
    }

    fn whole(&mut self, number: i64) {
        if number < 0 {
            self.0.push('-');
        }
        self.size(number.unsigned_abs());
    }

    /// As serde_json has it, what is no number is nothing.
    fn fraction(&mut self, number: f64) {
        if number.is_finite() {
            self.0.push_str(&number.to_string());
        } else {
            self.0.push_str("null");
        }
    }
}

type Done = Result<(), Never>;

macro_rules! numbers {
    ($($name:ident $type:ty, $write:ident;)*) => {$(
        fn $name(self, number: $type) -> Done {
            self.$write(number.into());
            Ok(())
        }
    )*};
}

impl<'a> Serializer for &'a mut Writer {
    type Ok = ();
    type Error = Never;
    type SerializeSeq = Inside<'a>;
    type SerializeTuple = Inside<'a>;
    type SerializeTupleStruct = Inside<'a>;
    type SerializeTupleVariant = Inside<'a>;
    type SerializeMap = Inside<'a>;
    type SerializeStruct = Inside<'a>;
    type SerializeStructVariant = Inside<'a>;

    numbers! {
        serialize_u8 u8, size;
        serialize_u16 u16, size;
        serialize_u32 u32, size;
        serialize_u64 u64, size;
        serialize_i8 i8, whole;
        serialize_i16 i16, whole;
        serialize_i32 i32, whole;
        serialize_i64 i64, whole;
        serialize_f32 f32, fraction;
        serialize_f64 f64, fraction;
    }

    fn serialize_bool(self, yes: bool) -> Done {
        self.0.push_str(if yes { "true" } else { "false" });
        Ok(())
    }
    fn serialize_char(self, letter: char) -> Done {
        self.text(letter.encode_utf8(&mut [0; 4]));
        Ok(())
    }
    fn serialize_str(self, text: &str) -> Done {
        self.text(text);
        Ok(())
    }
    fn serialize_bytes(self, bytes: &[u8]) -> Done {
        self.collect_seq(bytes)
    }
    fn serialize_none(self) -> Done {
        self.serialize_unit()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Done {
        self.0.push_str("null");
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Done {
        self.serialize_unit()
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Done {
        self.serialize_str(name)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Done {
        self.variant(name);
        let Ok(()) = value.serialize(&mut *self);
        self.0.push('}');
        Ok(())
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Inside<'a>, Never> {
        self.0.push('[');
        Ok(Inside(self))
    }
    fn serialize_tuple(self, _: usize) -> Result<Inside<'a>, Never> {
        self.serialize_seq(None)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Inside<'a>, Never> {
        self.serialize_seq(None)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Inside<'a>, Never> {
        self.variant(name);
        self.serialize_seq(None)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Inside<'a>, Never> {
        self.0.push('{');
        Ok(Inside(self))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Inside<'a>, Never> {
        self.serialize_map(None)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Inside<'a>, Never> {
        self.variant(name);
        self.serialize_map(None)
    }
}

/// A list or a record that has begun.
struct Inside<'a>(&'a mut Writer);

impl Inside<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.0.comma();
        value.serialize(&mut *self.0)
    }
    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Done {
        self.0.key(name);
        value.serialize(&mut *self.0)
    }
    fn end(self, with: &str) -> Done {
        self.0.0.push_str(with);
        Ok(())
    }
}

macro_rules! lists {
    ($($of:ident $method:ident $end:literal;)*) => {$(
        impl $of for Inside<'_> {
            type Ok = ();
            type Error = Never;
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
                self.item(value)
            }
            fn end(self) -> Done {
                self.end($end)
            }
        }
    )*};
}
lists! {
    SerializeSeq serialize_element "]";
    SerializeTuple serialize_element "]";
    SerializeTupleStruct serialize_field "]";
    SerializeTupleVariant serialize_field "]}";
}

macro_rules! records {
    ($($of:ident $end:literal;)*) => {$(
        impl $of for Inside<'_> {
            type Ok = ();
            type Error = Never;
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Done {
                self.field(name, value)
            }
            fn end(self) -> Done {
                self.end($end)
            }
        }
    )*};
}
records! {
    SerializeStruct "}";
    SerializeStructVariant "}}";
}

impl SerializeMap for Inside<'_> {
    type Ok = ();
    type Error = Never;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        self.item(key)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.0.0.push(':');
        value.serialize(&mut *self.0)
    }
    fn end(self) -> Done {
        self.end("}")
    }
}

#[cfg(test)]
mod tests {
    use super::to_string;
    use serde::Serialize;
    use std::collections::BTreeMap;

    #[derive(Serialize)]
    struct Unit;
    #[derive(Serialize)]
    struct New(i64);
    #[derive(Serialize)]
    struct Pair(u8, char);
    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Shape {
        Point,
        Line(i64),
        Two(u8, bool),
        Area {
            width: u32,
            #[serde(skip_serializing_if = "Option::is_none")]
            tall: Option<u32>,
        },
    }
    #[derive(Serialize)]
    #[serde(tag = "code", rename_all = "snake_case")]
    enum Tagged {
        Alone,
        With { most: u16 },
    }
    #[derive(Serialize)]
    struct All {
        unit: Unit,
        new: New,
        pair: Pair,
        shapes: Vec<Shape>,
        tagged: [Tagged; 2],
        map: BTreeMap<String, Vec<()>>,
        empty: BTreeMap<String, u8>,
        sizes: (i8, i16, i32, i64, u64),
        parts: (f32, f64, f64),
        some: Option<Option<u8>>,
        bytes: &'static [u8],
        text: String,
    }

    #[test]
    fn a_value_is_written_letter_for_letter_as_serde_json_writes_it() {
        let all = All {
            unit: Unit,
            new: New(-7),
            pair: Pair(0, '"'),
            shapes: vec![
                Shape::Point,
                Shape::Line(i64::MIN),
                Shape::Two(1, true),
                Shape::Area { width: 3, tall: None },
                Shape::Area {
                    width: 4,
                    tall: Some(5),
                },
            ],
            tagged: [Tagged::Alone, Tagged::With { most: 9 }],
            map: BTreeMap::from([("{[".to_owned(), vec![(), ()]), ("é\\".to_owned(), vec![])]),
            empty: BTreeMap::new(),
            sizes: (-1, 1, i32::MIN, i64::MAX, u64::MAX),
            parts: (0.5, -1.25, f64::NAN),
            some: None,
            bytes: b"\x00\xff",
            text: (0..=0x7f)
                .map(char::from)
                .chain("Een huis 🏠\u{2028}".chars())
                .collect(),
        };
        assert_eq!(to_string(&all), serde_json::to_string(&all).unwrap());
        for text in ["", "[", "{", "a,"] {
            assert_eq!(
                to_string(&[text, text]),
                serde_json::to_string(&[text, text]).unwrap()
            );
        }
    }
}
