//! Reads JSON into the types of `domain` and writes them ([`to_string`]), in as little code as serde allows.
//!
//! serde_json says where and why a text is not what was expected, can read a struct from an array and a number with a
//! fraction. A phone needs none of it: what it cannot read it treats as not having come. That makes every derived
//! reader about half as large, and leaves out the formatting of floats and a sentence for every mistake.

mod write;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, Expected, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use std::fmt;

pub use write::to_string;

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

// What is the same for all types, compiled once.
impl Json {
    fn text(self) -> Result<String, Unreadable> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err(Unreadable),
        }
    }

    fn size(self) -> Result<u64, Unreadable> {
        match self {
            Self::Number {
                negative: false,
                size,
            } => Ok(size),
            _ => Err(Unreadable),
        }
    }

    fn whole(self) -> Result<i64, Unreadable> {
        match self {
            Self::Number { negative, size } => {
                let size = i64::try_from(size).map_err(|_| Unreadable)?;
                Ok(if negative { -size } else { size })
            }
            _ => Err(Unreadable),
        }
    }

    fn items(self) -> Result<Items, Unreadable> {
        match self {
            Self::List(list) => Ok(Items(list.into_iter())),
            _ => Err(Unreadable),
        }
    }

    fn pairs(self) -> Result<Pairs, Unreadable> {
        match self {
            Self::Record(record) => Ok(Pairs {
                rest: record.into_iter(),
                value: Self::Null,
            }),
            _ => Err(Unreadable),
        }
    }

    /// A derived reader also reads a struct from a list of its fields in their order, and is half as large then: which
    /// field a name stands for, what is there twice and what is missing are not its concern.
    fn fields(self, names: &'static [&'static str]) -> Result<Fields, Unreadable> {
        match self {
            Self::Record(record) => Ok(Fields {
                record,
                names: names.iter(),
            }),
            _ => Err(Unreadable),
        }
    }

    fn variant(self) -> Result<Variant, Unreadable> {
        match self {
            Self::Text(name) => Ok(Variant(name, Self::Null)),
            Self::Record(mut record) if record.len() == 1 => {
                let (name, inside) = record.pop().ok_or(Unreadable)?;
                Ok(Variant(name, inside))
            }
            _ => Err(Unreadable),
        }
    }
}

/// `deserialize_x` with one way to visit each, so that a type's other ways are never compiled.
macro_rules! each {
    ($($name:ident)*, $take:ident, $visit:ident) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
            visitor.$visit(self.$take()?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Json {
    type Error = Unreadable;

    each!(deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64, size, visit_u64);
    each!(deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64, whole, visit_i64);
    each!(deserialize_char deserialize_str deserialize_string deserialize_identifier deserialize_bytes
        deserialize_byte_buf, text, visit_string);
    each!(deserialize_seq, items, visit_seq);
    each!(deserialize_map, pairs, visit_map);

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Bool(yes) => visitor.visit_bool(yes),
            Self::Number { .. } => self.deserialize_i64(visitor),
            Self::Text(text) => visitor.visit_string(text),
            list @ Self::List(_) => visitor.visit_seq(list.items()?),
            record @ Self::Record(_) => visitor.visit_map(record.pairs()?),
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

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_seq(self.fields(fields)?)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_enum(self.variant()?)
    }
}

struct Items(std::vec::IntoIter<Json>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unreadable> {
        match self.0.next() {
            Some(json) => seed.deserialize(json).map(Some),
            None => Ok(None),
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
        visitor.visit_seq(self.fields(fields)?)
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
