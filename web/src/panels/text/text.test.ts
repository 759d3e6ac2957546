import { describe, expect, it } from 'vitest';

import { safeImageUrl, safeUrl } from '../url';
import { markdownToHtml } from './markdown';
import { sanitize } from './sanitize';

const clean = (html: string): string => {
  const host = document.createElement('div');
  host.append(sanitize(html));
  return host.innerHTML;
};

describe('markdown', () => {
  it.each([
    ['# A *b*', '<h1>A <em>b</em></h1>'],
    ['one\ntwo\n\nthree', '<p>one\ntwo</p>\n<p>three</p>'],
    ['- a\n- **b**\n  - c', '<ul><li>a</li><li><strong>b</strong><ul><li>c</li></ul></li></ul>'],
    ['1. a\n2. b', '<ol><li>a</li><li>b</li></ol>'],
    ['[x](http://a/b_c_d)', '<p><a href="http://a/b_c_d">x</a></p>'],
    ['see http://a/b.', '<p>see <a href="http://a/b.">http://a/b.</a></p>'],
    ['![p](a.png "t")', '<p><img src="a.png" alt="p" title="t"></p>'],
    ['`a*b*<c>`', '<p><code>a*b*&lt;c&gt;</code></p>'],
    ['```\n<b>\n```', '<pre><code>&lt;b&gt;</code></pre>'],
    [
      '|a|b|\n|-|-:|\n|1|2|',
      '<table><thead><tr><th align="left">a</th><th align="right">b</th></tr></thead><tbody><tr><td align="left">1</td><td align="right">2</td></tr></tbody></table>',
    ],
    ['> q', '<blockquote><p>q</p></blockquote>'],
    ['---', '<hr>'],
    ['snake_case_name', '<p>snake_case_name</p>'],
    ['<div>raw</div>', '<div>raw</div>'],
    ['a < b', '<p>a &lt; b</p>'],
    ['', ''],
  ])('%j', (text, html) => expect(markdownToHtml(text)).toBe(html));

  it('ends on any input', () => {
    for (const text of ['```', '>', '- ', '|', '|a|\n|-|', '[', '![](', '****', '<', '\u0001\u0002', '#'.repeat(9)])
      expect(typeof markdownToHtml(text)).toBe('string');
  });
});

describe('sanitize', () => {
  it.each([
    ['<script>alert(1)</script>x', 'x'],
    ['<img src=x onerror=alert(1)>', '<img src="x">'],
    ['<a href="javascript:alert(1)">a</a>', '<a>a</a>'],
    ['<a href=" java\tscript:alert(1)">a</a>', '<a>a</a>'],
    ['<a href="https://x/">a</a>', '<a href="https://x/">a</a>'],
    ['<a href="/d/x" target="_blank">a</a>', '<a href="/d/x" target="_blank" rel="noopener noreferrer">a</a>'],
    ['<iframe></iframe>y', 'y'],
    ['<svg><circle></circle></svg>z', 'z'],
    ['<form action="//evil"><input></form>', ''],
    ['<p style="color:red;background:url(//evil);position:fixed">t</p>', '<p style="color:red">t</p>'],
    ['<style>*{display:none}</style>', ''],
    ['<blink>t</blink>', 't'],
    ['<div id="root" class="mantine-x a&quot;b">t</div>', '<div id="doc-root" class="doc-mantine-x">t</div>'],
    ['<b>bold <i>and', '<b>bold <i>and</i></b>'],
    ['<img src="data:text/html,<script>1</script>">', '<img>'],
  ])('%s', (html, expected) => expect(clean(html)).toBe(expected));

  it('stops at absurd depth', () => expect(clean('<div>'.repeat(500)).length).toBeLessThan(5000));
});

describe('addresses', () => {
  it.each([
    ['https://a/b', 'https://a/b'],
    ['/d/x?a=b:c', '/d/x?a=b:c'],
    ['d/abc', 'd/abc'],
    ['mailto:a@b', 'mailto:a@b'],
    ['javascript:1', undefined],
    ['JaVaScRiPt:1', undefined],
    ['\u0000javascript:1', undefined],
    ['java\nscript:1', undefined],
    ['data:text/html,x', undefined],
    ['vbscript:x', undefined],
    ['blob:x', undefined],
    ['', undefined],
  ])('%j', (url, expected) => expect(safeUrl(url)).toBe(expected));
  it('takes embedded pictures', () => {
    expect(safeImageUrl('data:image/png;base64,x')).toBe('data:image/png;base64,x');
    expect(safeImageUrl('data:text/html,x')).toBeUndefined();
  });
});
