//! Reads JSON into the types of `domain`, in as little code as serde allows.
//!
//! serde_json says where and why a text is not what was expected, can read a struct from an array and a number with a
//! fraction. A phone needs none of it: what it cannot read it treats as not having come. That makes every derived
//! reader about half as large, and leaves out the formatting of floats and a sentence for every mistake.

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, Expected, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use std::fmt;

/// The text was not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// Reads a value; numbers are whole ones.
///
/// # Errors
/// When the text is not JSON, or not of this shape.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    T::deserialize(parse(text).ok_or(Unreadable)?)
}

/// A text taken apart.
enum Json {
    Null,
    Bool(bool),
    Number { negative: bool, size: u64 },
    Text(String),
    List(Vec<Json>),
    Record(Vec<(String, Json)>),
}

/// How deep a text may be nested; what people make is never deeper than ten.
const DEEPEST: u8 = 64;

fn parse(text: &str) -> Option<Json> {
    let mut reader = Reader { text, at: 0 };
    let json = reader.value(0)?;
    reader.space();
    (reader.at == text.len()).then_some(json)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// The next byte that is not space, if it is this one.
    fn takes(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, word: &str, json: Json) -> Option<Json> {
        let found = self.text.get(self.at..)?.starts_with(word);
        self.at += word.len();
        found.then_some(json)
    }

    fn value(&mut self, depth: u8) -> Option<Json> {
        if depth > DEEPEST {
            return None;
        }
        self.space();
        match self.peek()? {
            b'n' => self.word("null", Json::Null),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'"' => self.string().map(Json::Text),
            b'[' => {
                let mut list = Vec::new();
                self.items(b']', |reader| {
                    list.push(reader.value(depth + 1)?);
                    Some(())
                })?;
                Some(Json::List(list))
            }
            b'{' => {
                let mut record = Vec::new();
                self.items(b'}', |reader| {
                    reader.space();
                    let key = reader.string()?;
                    reader.takes(b':').then_some(())?;
                    record.push((key, reader.value(depth + 1)?));
                    Some(())
                })?;
                Some(Json::Record(record))
            }
            _ => self.number(),
        }
    }

    fn items(&mut self, end: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        if self.takes(end) {
            return Some(());
        }
        loop {
            item(self)?;
            if self.takes(end) {
                return Some(());
            }
            self.takes(b',').then_some(())?;
        }
    }

    fn number(&mut self) -> Option<Json> {
        let negative = self.peek() == Some(b'-');
        self.at += usize::from(negative);
        let start = self.at;
        let mut size = 0_u64;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            size = size.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
            self.at += 1;
        }
        let whole = self.at > start && !matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        whole.then_some(Json::Number { negative, size })
    }

    fn string(&mut self) -> Option<String> {
        if self.next()? != b'"' {
            return None;
        }
        let mut string = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek()?, b'"' | b'\\' | 0..=31) {
                self.at += 1;
            }
            string.push_str(self.text.get(start..self.at)?);
            match self.next()? {
                b'"' => return Some(string),
                b'\\' => string.push(self.escape()?),
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.next()? {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex()?;
                if (0xd800..0xdc00).contains(&first) {
                    if self.next()? != b'\\' || self.next()? != b'u' {
                        return None;
                    }
                    let second = self.hex()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                    char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + second)?
                } else {
                    char::from_u32(first)?
                }
            }
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let mut code = 0;
        for _ in 0..4 {
            code = code * 16 + char::from(self.next()?).to_digit(16)?;
        }
        Some(code)
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unreadable")
    }
}

impl std::error::Error for Unreadable {}

// Every mistake is the same mistake, so that nothing is formatted.
impl Error for Unreadable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self
    }
    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self
    }
    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self
    }
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }
    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }
    fn missing_field(_: &'static str) -> Self {
        Self
    }
    fn duplicate_field(_: &'static str) -> Self {
        Self
    }
}

/// `deserialize_x` with one way to visit each, so that a type's other ways are never compiled.
macro_rules! whole_numbers {
    ($($name:ident)*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
            match self {
                Json::Number { negative: false, size } => visitor.visit_u64(size),
                Json::Number { size, .. } => {
                    visitor.visit_i64(i64::try_from(size).map_err(|_| Unreadable)?.wrapping_neg())
                }
                _ => Err(Unreadable),
            }
        }
    )*};
}

macro_rules! strings {
    ($($name:ident)*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
            match self {
                Json::Text(text) => visitor.visit_string(text),
                _ => Err(Unreadable),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Json {
    type Error = Unreadable;

    whole_numbers!(deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64);
    strings!(deserialize_char deserialize_str deserialize_string deserialize_identifier deserialize_bytes
        deserialize_byte_buf);

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Bool(yes) => visitor.visit_bool(yes),
            Self::Number { .. } => self.deserialize_i64(visitor),
            Self::Text(text) => visitor.visit_string(text),
            Self::List(list) => visitor.visit_seq(Items(list.into_iter())),
            Self::Record(record) => visitor.visit_map(Pairs::of(record)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self {
            Self::Bool(yes) => visitor.visit_bool(yes),
            _ => Err(Unreadable),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unreadable> {
        Err(Unreadable)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unreadable> {
        Err(Unreadable)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self {
            Self::Null => visitor.visit_none(),
            some => visitor.visit_some(some),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self {
            Self::List(list) => visitor.visit_seq(Items(list.into_iter())),
            _ => Err(Unreadable),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self {
            Self::Record(record) => visitor.visit_map(Pairs::of(record)),
            _ => Err(Unreadable),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.read_struct(fields, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        let (name, inside) = match self {
            Self::Text(name) => (name, Self::Null),
            Self::Record(mut record) if record.len() == 1 => record.pop().ok_or(Unreadable)?,
            _ => return Err(Unreadable),
        };
        visitor.visit_enum(Variant(name, inside))
    }
}

struct Items(std::vec::IntoIter<Json>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unreadable> {
        self.0.next().map(|json| seed.deserialize(json)).transpose()
    }
}

impl Json {
    /// A derived reader also reads a struct from a list of its fields in their order, and is half as large then: which
    /// field a name stands for, what is there twice and what is missing are not its concern.
    fn read_struct<'de, V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        match self {
            Self::Record(record) => visitor.visit_seq(Fields {
                record,
                names: fields.iter(),
            }),
            _ => Err(Unreadable),
        }
    }
}

/// The values of a record, in the order of a struct's fields.
struct Fields {
    record: Vec<(String, Json)>,
    names: std::slice::Iter<'static, &'static str>,
}

impl Fields {
    fn next(&mut self) -> Option<Json> {
        let name = self.names.next()?;
        let place = self.record.iter().position(|(key, _)| key == name)?;
        Some(self.record.swap_remove(place).1)
    }
}

impl<'de> SeqAccess<'de> for Fields {
    type Error = Unreadable;

    /// What is missing is an option's `None`. For any other type the derived reader hears that nothing is there, and
    /// takes the default or refuses.
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unreadable> {
        let found = self.next();
        let missing = found.is_none();
        match seed.deserialize(found.unwrap_or(Json::Null)) {
            Ok(value) => Ok(Some(value)),
            Err(_) if missing => Ok(None),
            Err(error) => Err(error),
        }
    }
}

struct Pairs {
    rest: std::vec::IntoIter<(String, Json)>,
    value: Json,
}

impl Pairs {
    fn of(record: Vec<(String, Json)>) -> Self {
        Self {
            rest: record.into_iter(),
            value: Json::Null,
        }
    }
}

impl<'de> MapAccess<'de> for Pairs {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unreadable> {
        let Some((key, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.value = value;
        seed.deserialize(Json::Text(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unreadable> {
        seed.deserialize(std::mem::replace(&mut self.value, Json::Null))
    }
}

struct Variant(String, Json);

impl<'de> EnumAccess<'de> for Variant {
    type Error = Unreadable;
    type Variant = Json;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Json), Unreadable> {
        Ok((seed.deserialize(Json::Text(self.0))?, self.1))
    }
}

impl<'de> VariantAccess<'de> for Json {
    type Error = Unreadable;

    fn unit_variant(self) -> Result<(), Unreadable> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Unreadable> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.read_struct(fields, visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::{Unreadable, from_str};
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Shape {
        Point,
        Line(i64),
        Area { width: u32, tall: Option<u32> },
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Drawing {
        name: String,
        shapes: Vec<Shape>,
        #[serde(default)]
        hidden: bool,
    }

    #[test]
    fn a_value_is_read_as_serde_writes_it() {
        let text = r#" {"unknown":{"deep":[1,2,{"x":true}]},"shapes":["point",{"line":-3},
            {"area":{"tall":null,"width":4}},{"area":{"width":5}}],
            "name":"Een \"huis\"\n\u00e9 \ud83c\udfe0"} "#;
        let drawing: Drawing = from_str(text).unwrap();
        assert_eq!(drawing.name, "Een \"huis\"\né 🏠");
        assert_eq!(
            drawing.shapes,
            [
                Shape::Point,
                Shape::Line(-3),
                Shape::Area { width: 4, tall: None },
                Shape::Area { width: 5, tall: None }
            ]
        );
        assert!(!drawing.hidden);
    }

    #[test]
    fn what_is_not_json_or_not_of_the_shape_is_unreadable() {
        for text in [
            "",
            "<!DOCTYPE html>",
            "{",
            "[1,]",
            "\"open",
            "\"\\ud800\"",
            "nul",
            "1 2",
            "{\"name\":1}",
            "{\"name\":\"shapes are missing\"}",
            "{\"name\":\"\",\"shapes\":[],\"hidden\":null}",
            "[\"a list\",[]]",
            "{\"name\" 1}",
        ] {
            assert_eq!(from_str::<Drawing>(text), Err(Unreadable), "{text}");
        }
        for number in [
            "-1",
            "4294967296",
            "1.5",
            "1e3",
            "18446744073709551616",
            "\"7\"",
            "-",
        ] {
            assert_eq!(from_str::<u32>(number), Err(Unreadable), "{number}");
        }
        assert_eq!(from_str::<u64>("18446744073709551615"), Ok(u64::MAX));
    }

    #[test]
    fn a_text_nested_without_end_is_refused() {
        assert_eq!(from_str::<Vec<Shape>>(&"[".repeat(100_000)), Err(Unreadable));
    }
}
