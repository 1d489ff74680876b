//! What all pages have in common: HTML that needs nothing but itself, in dark and in light.

/// Colours are pairs that keep a contrast of 4.5 to 1 with what they stand on (WCAG 2.2, 1.4.3), in both schemes; nothing is told by colour alone.
const STYLE: &str = "\
:root { color-scheme: light dark; --ground: light-dark(#fff, #16191d); --text: light-dark(#1f2328, #e6edf3);
  --soft: light-dark(#59636e, #9aa4af); --line: light-dark(#d1d9e0, #3a424b); --panel: light-dark(#f6f8fa, #1e2329);
  --good: light-dark(#116329, #6fdd8b); --bad: light-dark(#b3131f, #ff9a94); --open: light-dark(#7d4e00, #e3b341);
  --all: light-dark(#c8f0d2, #1f4a2c); --part: light-dark(#ffe8a3, #5c4a12); --none: light-dark(#ffd3d0, #642a28); }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--text); background: var(--ground); margin: 2.5rem auto; max-width: 72rem; padding: 0 1.25rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p { margin: .4rem 0; } .soft { color: var(--soft); }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .875em; }
pre { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--panel); padding: 1rem; line-height: 1.6; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; } th, td { padding: .2rem 1.5rem .2rem 0; text-align: left; vertical-align: top; }
th { font-weight: 600; } td code { overflow-wrap: anywhere; }
.verdict { font-size: 1.15rem; background: var(--panel); border-left: 5px solid; border-radius: 4px; padding: .6rem 1rem; margin: 1rem 0; }
.rule { border: 1px solid var(--line); border-radius: 8px; padding: .6rem 1rem; margin: .8rem 0; }
.lines { list-style: none; margin: .8rem 0; padding: 0; }
.line { border-left: 4px solid var(--open); border-radius: 3px; padding: .3rem 0 .3rem .9rem; margin: .5rem 0; }
.line.holds { border-color: var(--good); } .line.fails { border-color: var(--bad); background: var(--panel); }
.lines th { font-weight: 400; color: var(--soft); min-width: 7.5rem; }
summary { cursor: pointer; } summary:focus-visible, pre:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
.good { color: var(--good); } .bad { color: var(--bad); } .open { color: var(--open); }
mark { color: inherit; border-radius: 3px; padding: 1px 0; border-bottom: 2px solid transparent; }
mark.all { background: var(--all); } mark.part { background: var(--part); border-bottom: 2px dotted var(--open); }
mark.none { background: var(--none); border-bottom: 2px solid var(--bad); }
.number { color: var(--soft); user-select: none; display: inline-block; width: 3em; text-align: right; margin-right: 1.25em; }
";

/// A whole page. Nothing may be fetched and no script may run, whatever stands in it: the policy in its head says so (W3C, Content Security Policy).
pub(crate) fn document(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{body}</main>\n</body>\n</html>\n",
        title = escaped(title),
    )
}

/// Text that HTML shows as it is, between tags and in attributes.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
