package redact

import (
	"strings"
	"unicode"
)

// secretAnywhere are words that make any name they are part of that of a secret.
var secretAnywhere = map[string]bool{
	"password": true, "passwd": true, "passphrase": true, "secret": true, "secrets": true,
	"apikey": true, "credential": true, "credentials": true, "mnemonic": true,
	"authorization": true, "cookie": true, "bearer": true,
}

// secretAtEnd are words that make a name that of a secret when they end it: access_token, but not
// gen_ai.token.type and not llm.tokens.total.
var secretAtEnd = map[string]bool{"token": true, "pin": true, "pwd": true, "jwt": true}

// secretPairs are two words in a row that make any name they are part of that of a secret.
var secretPairs = map[[2]string]bool{
	{"api", "key"}: true, {"private", "key"}: true, {"access", "key"}: true,
	{"signing", "key"}: true, {"encryption", "key"}: true, {"auth", "key"}: true,
}

// personal are names, whole or after the last dot, whose values tell who someone is: the list of the runtime without
// session and device ids, which correlate, and without "name" and "address", which mostly are those
// of tools and servers.
var personal = map[string]bool{
	"email": true, "e_mail": true, "phone": true, "phone_number": true, "ssn": true,
	"credit_card": true, "full_name": true, "first_name": true, "last_name": true, "user_id": true,
	"username": true, "ip_address": true, "mac_address": true, "seed": true,
}

// Key reports whether the value of an attribute with this name is secret, whatever it is.
func Key(name string) bool {
	if personal[strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])] {
		return true
	}
	parts := words(name)
	for at, word := range parts {
		if secretAnywhere[word] {
			return true
		}
		if at == len(parts)-1 {
			return secretAtEnd[word]
		}
		if secretPairs[[2]string{word, parts[at+1]}] {
			return true
		}
	}
	return false
}

// words splits a name at punctuation and where a capital follows a small letter, lower-cased:
// "x-apiKey" is x, api, key.
func words(name string) []string {
	var separated strings.Builder
	previous := rune(0)
	for _, char := range name {
		if unicode.IsUpper(char) && unicode.IsLower(previous) {
			separated.WriteByte(' ')
		}
		separated.WriteRune(unicode.ToLower(char))
		previous = char
	}
	return strings.FieldsFunc(separated.String(), func(char rune) bool {
		return !unicode.IsLetter(char) && !unicode.IsDigit(char)
	})
}
