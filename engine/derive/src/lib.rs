//! `#[derive(Call)]` and `#[derive(Record)]` of `atbac-engine`, which documents them (`call::typed`) and is how they are used.

#![forbid(unsafe_code)]

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Field, Fields, Ident, LitStr, parse_macro_input};

/// A struct whose fields are fields of a call: `#[atbac(asserted)]`, `#[atbac(local)]` or `#[atbac(authenticated)]` says whose word each is, and `name = "…"` beside it
/// what the policy calls it, where that is another name.
#[proc_macro_derive(Call, attributes(atbac))]
pub fn derive_call(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    call(&input).unwrap_or_else(Error::into_compile_error).into()
}

/// A struct whose fields are those of a record of the policy; `#[atbac(name = "…")]` says what the policy calls a field, where that is another name.
#[proc_macro_derive(Record, attributes(atbac))]
pub fn derive_record(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    record(&input).unwrap_or_else(Error::into_compile_error).into()
}

/// What the attributes of a field say.
struct Attributes {
    /// `asserted`, `local` or `authenticated`.
    provenance: Option<Ident>,
    name: String,
}

fn call(input: &DeriveInput) -> Result<TokenStream, Error> {
    let mut forms = Vec::new();
    let mut members = Vec::new();
    for field in named_fields(input)? {
        let Attributes { provenance, name } = attributes(field)?;
        let Some(provenance) = provenance else {
            let message = "whose word is this field? say `#[atbac(asserted)]` for what the caller says, `#[atbac(local)]` for what this program knows, or \
                           `#[atbac(authenticated)]` for what it has verified";
            return Err(Error::new_spanned(field, message));
        };
        let ty = &field.ty;
        forms.push(quote!(::atbac_engine::call::typed::FieldForm::#provenance::<#ty>(#name)));
        members.push(&field.ident);
    }
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        impl #generics ::atbac_engine::call::typed::TypedCall for #name #arguments #bounds {
            fn fields() -> ::std::vec::Vec<::atbac_engine::call::typed::FieldForm> {
                ::std::vec![#(#forms),*]
            }

            fn put(
                &self,
                places: &mut ::atbac_engine::call::typed::Places<'_, '_>,
            ) -> ::std::result::Result<(), ::atbac_engine::InputError> {
                #(places.give(&self.#members)?;)*
                ::std::result::Result::Ok(())
            }
        }
    })
}

fn record(input: &DeriveInput) -> Result<TokenStream, Error> {
    let mut types = Vec::new();
    let mut names = Vec::new();
    let mut members = Vec::new();
    for field in named_fields(input)? {
        let Attributes { provenance, name } = attributes(field)?;
        if let Some(provenance) = provenance {
            return Err(Error::new_spanned(
                provenance,
                "the provenance belongs to the field of the call that has this record",
            ));
        }
        types.push(&field.ty);
        names.push(name);
        members.push(&field.ident);
    }
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        impl #generics ::atbac_engine::call::typed::TypedRecord for #name #arguments #bounds {
            fn fields() -> ::std::vec::Vec<(&'static str, ::atbac_engine::call::typed::Fits)> {
                ::std::vec![#((#names, <#types as ::atbac_engine::CallValue>::fits as ::atbac_engine::call::typed::Fits)),*]
            }

            fn put(
                &self,
                record: &mut ::atbac_engine::call::typed::RecordPlaces<'_, '_>,
            ) -> ::std::result::Result<(), ::atbac_engine::InputError> {
                #(record.give(#names, &self.#members)?;)*
                ::std::result::Result::Ok(())
            }
        }

        impl #generics ::atbac_engine::CallValue for #name #arguments #bounds {
            fn fits(
                schema: &::atbac_engine::call::typed::Schema,
                ty: &::atbac_engine::call::typed::Type,
            ) -> ::std::result::Result<(), ::atbac_engine::InputError> {
                ::atbac_engine::call::typed::record_fits::<Self>(schema, ty)
            }

            fn put<'__place>(
                &self,
                slot: ::atbac_engine::call::typed::Slot<'__place>,
            ) -> ::std::result::Result<::atbac_engine::call::typed::Written<'__place>, ::atbac_engine::InputError> {
                ::atbac_engine::call::typed::put_record(self, slot)
            }
        }
    })
}

fn named_fields(input: &DeriveInput) -> Result<impl Iterator<Item = &Field>, Error> {
    match &input.data {
        Data::Struct(data) if let Fields::Named(fields) = &data.fields => Ok(fields.named.iter()),
        _ => Err(Error::new_spanned(input, "only structs with named fields")),
    }
}

fn attributes(field: &Field) -> Result<Attributes, Error> {
    let own = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    let name = own.strip_prefix("r#").unwrap_or(&own).to_owned();
    let mut found = Attributes { provenance: None, name };
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("atbac")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("name") {
                found.name = meta.value()?.parse::<LitStr>()?.value();
                return Ok(());
            }
            let known = ["asserted", "local", "authenticated"];
            match meta.path.get_ident() {
                Some(word) if known.iter().any(|known| word == known) && found.provenance.is_none() => {
                    found.provenance = Some(word.clone());
                    Ok(())
                }
                Some(word) if word == "attested" => {
                    Err(meta.error("evidence is not given so: it enters verified, by `Session::call` and its fields"))
                }
                _ => Err(meta.error("expected one of `asserted`, `local`, `authenticated`, and `name = \"…\"`")),
            }
        })?;
    }
    Ok(found)
}
