import { describe, expect, it } from 'vitest';
import { XmlAnswer } from '../../src/client/xml-answer.ts';

describe('XmlAnswer', () => {
  it('reads status, message, elements and lists', () => {
    const answer = new XmlAnswer(
      '<?xml version="1.0" encoding="utf-8"?><root status_code="200" status_message="a &amp; b">' +
        '<hostname>Tom &amp; &#x1F600;</hostname><App><AppTitle>One</AppTitle><ID>1</ID></App>' +
        '<App><AppTitle>&lt;Two&gt;</AppTitle><ID>2</ID></App></root>',
    );
    expect(answer.status).toBe(200);
    expect(answer.message).toBe('a & b');
    expect(answer.text('hostname')).toBe('Tom & 😀');
    expect(answer.text('missing')).toBeUndefined();
    expect(answer.elements('App').map((app) => app.text('AppTitle'))).toEqual(['One', '<Two>']);
  });

  it('reads an empty root', () => {
    expect(new XmlAnswer('<root status_code="401"/>').status).toBe(401);
  });

  it.each([
    ['<root><a>1</a></root>', 'status_code'],
    ['<root status_code="x"/>', 'status_code'],
    ['<root status_code="200"></root><more/>', 'one <root>'],
    ['<root status_code="200">\n<App></App></root>', 'text between'],
    ['<root status_code="200"><a>1</b></root>', 'closes nothing'],
    ['<root status_code="200"><a>1</root>', 'closes nothing|not closed|one <root>'],
    ['', 'one <root>'],
  ])('refuses %j as a stock client would', (text, sentence) => {
    expect(() => new XmlAnswer(text)).toThrow(new RegExp(sentence));
  });
});
