import { markup, trusted, type Markup } from "./markup.js";

/** Wraps sections in a whole page that needs no script and no network, in light and in dark. */
export const page = (title: string, body: Markup): string =>
  markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${title}</title>
<style>${trusted(style)}</style></head>
<body><main>
${body}
</main></body></html>
`.html;

const style = `
:root {
  color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --line: #d8dee4; --panel: #f6f8fa; --paper: #fff;
  --good: #1a7f37; --bad: #cf222e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6e9ed; --soft: #9aa4af; --line: #343b44; --panel: #1b2027; --paper: #12161b; --good: #57c46f;
    --bad: #ff7b72;
  }
}
body { font: 15px/1.55 system-ui, sans-serif; margin: 0; color: var(--ink); background: var(--paper) }
main { max-width: 1080px; margin: 2rem auto 4rem; padding: 0 1rem }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; text-wrap: balance }
h2 { font-size: 1.25rem; margin: 2.6rem 0 .6rem; overflow-wrap: anywhere }
h3 { font-size: 1.08rem; margin: 1.9rem 0 .5rem }
h4 { font-size: 1rem; margin: 1.6rem 0 .6rem; padding-top: .5rem; border-top: 1px solid var(--line) }
a { color: inherit }
.note { color: var(--soft); font-size: 13px; margin: .4rem 0; max-width: 60rem }
.result {
  border-left: 4px solid var(--line); background: var(--panel); padding: .7rem 1rem; margin: .8rem 0;
  border-radius: 0 6px 6px 0;
}
.result p { margin: 0 }
.result p:first-child { font-size: 1.08rem }
.result p + p { margin-top: .45rem }
.scroll { overflow-x: auto }
table { border-collapse: collapse; margin: .8rem 0; font-variant-numeric: tabular-nums }
caption { text-align: left; color: var(--soft); font-size: 13px; padding-bottom: .3rem }
th, td {
  border-bottom: 1px solid var(--line); padding: .35rem .95rem .35rem 0; text-align: left; vertical-align: top;
  font-weight: 400;
}
thead th { font-size: 13px; color: var(--soft); vertical-align: bottom }
tbody th { white-space: nowrap }
.scores td { white-space: nowrap }
.primary { font-weight: 600 }
.difference { display: block; font-size: 12.5px; color: var(--soft) }
.scores small { color: var(--soft); margin-left: .2rem }
.scores .better { color: var(--good) }
.scores .worse { color: var(--bad) }
.swatch {
  display: inline-block; width: .75rem; height: .75rem; border-radius: 2px; margin-right: .45rem;
  vertical-align: -1px;
}
fieldset { border: 0; padding: 0; margin: .6rem 0; font-size: 13px }
legend { float: left; margin-right: .8rem; color: var(--soft) }
fieldset label { margin-right: 1rem }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 470px), 1fr)); gap: 1.4rem 2rem }
figure { margin: 0; min-width: 0 }
figcaption { font-weight: 600; font-size: 14px; margin: 0 0 .35rem }
figcaption .note { display: block; font-weight: 400 }
svg { max-width: 100%; height: auto }
svg text { font-family: system-ui, sans-serif }
.by-units, .by-seconds { display: none }
.run:has(input[value=units]:checked) .by-steps, .run:has(input[value=seconds]:checked) .by-steps { display: none }
.run:has(input[value=units]:checked) .by-units, .run:has(input[value=seconds]:checked) .by-seconds { display: block }
pre, code { font: 12.5px/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 }
.prompt { color: var(--soft) }
details { margin: .6rem 0 }
summary { cursor: pointer; font-size: 14px }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.2rem; font-size: 14px; margin: .6rem 0 }
dt { color: var(--soft) }
dd { margin: 0; overflow-wrap: anywhere }
.picture img { max-width: 100%; image-rendering: pixelated; border-radius: 3px }
.bars { display: grid; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); gap: .15rem 2rem }
.bar { display: grid; grid-template-columns: 8.5rem 1fr 3.6rem; gap: .6rem; align-items: center; font-size: 13px }
.bar span { white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.bar b { font-weight: 400; text-align: right; font-variant-numeric: tabular-nums }
.track { background: var(--line); height: .7rem; border-radius: 2px }
.track i { display: block; height: 100%; border-radius: 2px; background: var(--soft) }
.row { margin: 0 0 1.4rem }
.row p { margin: 0 0 .3rem; font-size: 13px; color: var(--soft) }
.row b { color: var(--ink); font-weight: 600 }
.pictures { display: flex; flex-wrap: wrap; gap: .6rem }
.pictures figure { flex: 0 1 20rem; min-width: 8rem }
.pictures img { width: 100%; display: block; border-radius: 3px }
.pictures figcaption { font-size: 12px; font-weight: 400; color: var(--soft); margin-top: .15rem }
.ramp {
  display: inline-block; width: 12rem; height: .8rem; border-radius: 2px; vertical-align: -1px; margin: 0 .5rem;
  background: linear-gradient(90deg, rgb(252,255,164), rgb(243,120,25), rgb(188,55,84), rgb(106,23,110), rgb(20,11,53));
}
@media print { fieldset { display: none } details { display: block } }
`;
