package redact

import "go.opentelemetry.io/otel/attribute"

// Attributes returns the attributes without secrets. It returns the list it was given, and copies
// nothing, when there are none; it never changes that list.
func Attributes(list []attribute.KeyValue) []attribute.KeyValue {
	clean, _ := all(list, keyValue)
	return clean
}

// Value returns a value without secrets, at any depth.
func Value(value attribute.Value) attribute.Value {
	clean, _ := redactValue(value)
	return clean
}

func keyValue(pair attribute.KeyValue) (attribute.KeyValue, bool) {
	if Key(string(pair.Key)) {
		// A number or boolean under such a name is a count or a flag.
		if kind := pair.Value.Type(); kind != attribute.BOOL && kind != attribute.INT64 && kind != attribute.FLOAT64 {
			return pair.Key.String(Mark), true
		}
		return pair, false
	}
	value, changed := redactValue(pair.Value)
	return attribute.KeyValue{Key: pair.Key, Value: value}, changed
}

// member redacts a member of a map. Its name may be data, as in a count by user.
func member(pair attribute.KeyValue) (attribute.KeyValue, bool) {
	pair, changed := keyValue(pair)
	name, renamed := redactString(string(pair.Key))
	pair.Key = attribute.Key(name)
	return pair, changed || renamed
}

func redactValue(value attribute.Value) (attribute.Value, bool) {
	switch value.Type() {
	case attribute.STRING:
		text, changed := redactString(value.AsString())
		if !changed {
			return value, false
		}
		return attribute.StringValue(text), true
	case attribute.BYTESLICE:
		text, changed := redactString(string(value.AsByteSlice()))
		if !changed {
			return value, false
		}
		return attribute.ByteSliceValue([]byte(text)), true
	case attribute.STRINGSLICE:
		list, changed := all(value.AsStringSlice(), redactString)
		if !changed {
			return value, false
		}
		return attribute.StringSliceValue(list), true
	case attribute.SLICE:
		list, changed := all(value.AsSlice(), redactValue)
		if !changed {
			return value, false
		}
		return attribute.SliceValue(list...), true
	case attribute.MAP:
		list, changed := all(value.AsMap(), member)
		if !changed {
			return value, false
		}
		return attribute.MapValue(list...), true
	default:
		return value, false
	}
}

func redactString(text string) (string, bool) {
	clean := String(text)
	return clean, clean != text
}

// all redacts each element of a list, and copies the list only when something changes.
func all[E any](list []E, one func(E) (E, bool)) (result []E, changed bool) {
	result = list
	for at, element := range list {
		clean, differs := one(element)
		if !differs {
			continue
		}
		if !changed {
			result = append([]E(nil), list...)
			changed = true
		}
		result[at] = clean
	}
	return result, changed
}
