import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  chunk,
  clean,
  exifSegment,
  GPS,
  join,
  jpeg,
  png,
  segment,
  text,
  tiff,
  writer,
  xmp,
  xmpSegment,
} from '../../../testing/pictures.js';

const NS = {
  exif: 'http://ns.adobe.com/exif/1.0/',
  photoshop: 'http://ns.adobe.com/photoshop/1.0/',
  core: 'http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/',
  ext: 'http://iptc.org/std/Iptc4xmpExt/2008-02-29/',
  rights: 'http://ns.adobe.com/xap/1.0/rights/',
  dc: 'http://purl.org/dc/elements/1.1/',
  gimage: 'http://ns.google.com/photos/1.0/image/',
  gdepth: 'http://ns.google.com/photos/1.0/depthmap/',
  note: 'http://ns.adobe.com/xmp/note/',
  crs: 'http://ns.adobe.com/camera-raw-settings/1.0/',
};
/** @param {...(keyof typeof NS)} names */
const spaces = (...names) => names.map((name) => `xmlns:${name}="${NS[name]}"`).join(' ');
const KEPT = `${spaces('rights', 'crs', 'dc')} rights:WebStatement="https://example.org/state" crs:Opacity="0.1234, 0.5678"`;
const cleanXmp = (attributes, inside = '') => clean(jpeg(xmpSegment(xmp(attributes, inside))));

const ATTRIBUTES = {
  'exif:GPSLatitude': '48,51.5022N',
  'exif:GPSMapDatum': 'WGS-84',
  'photoshop:City': 'Paris',
  'photoshop:State': 'Ile-de-France',
  'photoshop:Country': 'France',
  'core:Location': 'Tour Eiffel',
  'core:CountryCode': 'FR',
};

test('places go as attributes and as elements, by their namespace, whatever its prefix', async () => {
  for (const [name, value] of Object.entries(ATTRIBUTES)) {
    const [prefix, local] = name.split(':');
    for (const own of [prefix, 'q0']) {
      const declared = `xmlns:${own}="${NS[prefix]}" ${KEPT}`;
      for (const packet of [
        [`${declared} ${own}:${local}="${value}"`],
        [declared, `<${own}:${local}>${value}</${own}:${local}>`],
        [
          declared,
          `<${own}:${local} ><rdf:Alt><rdf:li xml:lang="x-default">${value}</rdf:li></rdf:Alt></${own}:${local} >`,
        ],
      ]) {
        const { has, removed } = await cleanXmp(...packet);
        assert.deepEqual(removed, ['location'], `${name} as ${packet}`);
        assert.ok(!has(value), `${name} as ${packet}`);
        assert.ok(has('rights:WebStatement="https://example.org/state"') && has('0.1234, 0.5678'));
      }
    }
  }
});

test('the same length, and still XML', async () => {
  const before = jpeg(xmpSegment(xmp(`${spaces('exif')} exif:GPSLatitude='1,2N'`)));
  const { out } = await clean(before);
  assert.equal(out.length, before.length);
  assert.equal(out.toString(), before.toString().replace("exif:GPSLatitude='1,2N'", ' '.repeat(23)));
});

test('what only looks like a place stays', async () => {
  const innocent = [
    'rights:WebStatement="https://example.org/City"',
    'crs:Opacity="1"',
    'crs:City="no city in this namespace"',
    'dc:GPSTrack="no GPS in this namespace"',
  ].join(' ');
  const { location } = await cleanXmp(
    `${spaces('rights', 'crs', 'dc')} ${innocent}`,
    '<dc:title>The city: state of things</dc:title>',
  );
  assert.equal(location, 'clean');
  assert.equal((await cleanXmp(`${spaces('exif')} exif:GPSVersionID="2.3.0.0"`)).location, 'clean');
});

test('a structure goes with all that is in it', async () => {
  const inside = `<ext:LocationShown><rdf:Bag><rdf:li><rdf:Description ext:City="Madrid"><ext:Sublocation>Prado</ext:Sublocation>
    <exif:GPSLatitude>40,1N</exif:GPSLatitude></rdf:Description></rdf:li></rdf:Bag></ext:LocationShown>
    <ext:LocationCreated rdf:parseType="Resource"><ext:CountryName>Spain</ext:CountryName></ext:LocationCreated>
    <dc:creator><rdf:Seq><rdf:li>Ana Maria</rdf:li></rdf:Seq></dc:creator>`;
  const { has, removed } = await cleanXmp(spaces('ext', 'exif', 'dc'), inside);
  assert.deepEqual(removed, ['location']);
  for (const gone of ['Madrid', 'Prado', '40,1N', 'Spain', 'LocationShown']) assert.ok(!has(gone), gone);
  assert.ok(has('<rdf:li>Ana Maria</rdf:li>'));
});

test('free texts go only when they hold coordinates, item by item', async () => {
  const inside = `<dc:subject><rdf:Bag><rdf:li>holiday</rdf:li><rdf:li>geo:lat=48.85837</rdf:li></rdf:Bag></dc:subject>
    <dc:description><rdf:Alt><rdf:li xml:lang="x-default">48&#176;51'30"N 2&#xB0;17'40"E</rdf:li></rdf:Alt></dc:description>`;
  const { has, removed } = await cleanXmp(spaces('dc'), inside);
  assert.deepEqual(removed, ['location']);
  assert.ok(has('holiday') && !has('geo:lat') && !has("51'30"));
});

test('UTF-16 is read and written in both byte orders', async () => {
  const packet = xmp(`${spaces('photoshop', 'dc')} photoshop:City="São Paulo" dc:rights="Ana"`);
  for (const swap of [false, true]) {
    const bytes = Buffer.from(packet.replace('\uFEFF', ''), 'utf16le');
    const city = Buffer.from('São Paulo', 'utf16le');
    const kept = Buffer.from('dc:rights="Ana"', 'utf16le');
    if (swap) for (const each of [bytes, city, kept]) each.swap16();
    const { out, removed } = await clean(jpeg(xmpSegment(bytes)));
    assert.deepEqual(removed, ['location']);
    assert.ok(!out.includes(city) && out.includes(kept));
  }
});

test('pictures inside are cleaned and keep their length', async () => {
  const picture = jpeg(exifSegment(tiff({ main: [[0x013b, 2, 'Ana inside']], gps: GPS }))).toString('base64');
  const lines = picture.replaceAll(/.{76}/g, '$&&#xA;');
  for (const packet of [
    [`${spaces('gimage')} gimage:Mime="image/jpeg" gimage:Data="${picture}"`],
    [spaces('gdepth'), `<gdepth:Data>${picture}</gdepth:Data>`],
    ['xmlns:g="http://ns.adobe.com/xap/1.0/g/img/"', `<g:image>${lines}</g:image>`],
  ]) {
    const before = jpeg(xmpSegment(xmp(...packet)));
    const { out, removed } = await clean(before);
    assert.deepEqual(removed, ['location']);
    assert.equal(out.length, before.length);
    const found = /(?:Data="|Data>|image>)([^"<]+)/.exec(out.toString('latin1'))[1].replaceAll('&#xA;', '');
    const inner = Buffer.from(found, 'base64');
    assert.ok(!inner.includes('LATITUDE-DATUM') && inner.includes('Ana inside'));
  }
});

/** Cuts a packet into segments of extended XMP, in any order. */
function extension(packet, order = (parts) => parts) {
  const { u32 } = writer(false);
  const bytes = Buffer.from(packet);
  const guid = createHash('md5').update(bytes).digest('hex').toUpperCase();
  const parts = [];
  for (let at = 0; at < bytes.length; at += 100)
    parts.push(
      segment(
        0xe1,
        join(
          text(`http://ns.adobe.com/xmp/extension/\0${guid}`),
          u32(bytes.length),
          u32(at),
          bytes.subarray(at, at + 100),
        ),
      ),
    );
  return { guid, segments: order(parts) };
}

test('extended XMP is put together, cleaned, and named by its new MD5', async () => {
  const packet = xmp(`${spaces('photoshop', 'dc')} photoshop:City="Paris" dc:rights="Ana"`).replaceAll(
    /<\?[^>]*\?>/g,
    '',
  );
  const { guid, segments } = extension(packet, (parts) => parts.reverse());
  for (const main of [
    [`${spaces('note')} note:HasExtendedXMP="${guid}"`],
    [spaces('note'), `<note:HasExtendedXMP>${guid}</note:HasExtendedXMP>`],
  ]) {
    const { out, removed, has } = await clean(jpeg(xmpSegment(xmp(...main)), ...segments));
    assert.deepEqual(removed, ['location']);
    assert.ok(!has('Paris') && !has(guid));
    const fresh = createHash('md5')
      .update(packet.replace('photoshop:City="Paris"', ' '.repeat(22)))
      .digest('hex')
      .toUpperCase();
    assert.equal(out.toString('latin1').split(fresh).length - 1, segments.length + 1);
  }
});

test('extended XMP with gaps is asked about', async () => {
  const { segments } = extension(xmp(`${spaces('photoshop')} photoshop:City="Paris"`), (parts) => parts.slice(1));
  assert.equal((await clean(jpeg(...segments))).location, 'unknown');
});

test('what is no XML, or may hide names, is asked about', async () => {
  for (const packet of [
    '<rdf:RDF><a></b></rdf:RDF>',
    '<rdf:RDF',
    '<a b=c/>',
    '<!DOCTYPE a [<!ENTITY p "photoshop:City">]><a/>',
    `<a>${'<b>'.repeat(2000)}`,
  ])
    assert.equal((await clean(jpeg(xmpSegment(packet)))).location, 'unknown', packet.slice(0, 30));
  assert.equal((await clean(jpeg(xmpSegment(' '.repeat(200))))).location, 'clean');
});

test('coordinates go from every property, also from the copies of keywords', async () => {
  const bag = (name, value) =>
    `<${name}><rdf:Bag><rdf:li>holiday</rdf:li><rdf:li>${value}</rdf:li></rdf:Bag></${name}>`;
  const more = {
    lr: 'http://ns.adobe.com/lightroom/1.0/',
    digiKam: 'http://www.digikam.org/ns/1.0/',
    ms: 'http://ns.microsoft.com/photo/1.0/',
    xmp: 'http://ns.adobe.com/xap/1.0/',
    own: 'https://example.org/ns/',
  };
  const declared = Object.entries(more)
    .map(([prefix, uri]) => `xmlns:${prefix}="${uri}"`)
    .join(' ');
  for (const packet of [
    [declared, bag('lr:hierarchicalSubject', 'geo:lat=48.85837')],
    [declared, bag('digiKam:TagsList', 'geo:lat=48.85837')],
    [declared, bag('ms:LastKeywordXMP', 'geo:lat=48.85837')],
    [declared, bag('lr:hierarchicalSubject', '48.85837, 2.294481')],
    [`${declared} xmp:Label="48.85837, 2.294481"`],
    [`${declared} own:note="48.85837 N, 2.294481 E"`],
    [declared, '<own:note>48.85837 N, 2.294481 E</own:note>'],
  ]) {
    const { has, removed } = await cleanXmp(...packet);
    assert.deepEqual(removed, ['location'], `${packet}`);
    assert.ok(!has('48.85837'), `${packet}`);
    assert.equal(has('holiday'), packet.length > 1 && packet[1].includes('holiday'));
  }
});

test('pairs of numbers and long encoded data stay in properties that are no free text', async () => {
  const { location } = await cleanXmp(
    `${spaces('crs')} crs:UprightTransform_1="1.000000000,0.000000000,0.000000000" crs:Data="${'lat4+lon5/'.repeat(200)}"`,
  );
  assert.equal(location, 'clean');
});

test('a prefix that is not declared is asked about', async () => {
  assert.equal((await cleanXmp('exif:GPSLatitude="48,51N"')).location, 'unknown');
  assert.equal((await cleanXmp('', '<exif:GPSLatitude>48</exif:GPSLatitude>')).location, 'unknown');
  assert.equal((await cleanXmp(`${spaces('dc')} xml:lang="pt" dc:rights="Ana"`)).location, 'clean');
});

test('a PNG inside that cannot be read is asked about, whatever it seems to hold', async () => {
  const broken = png(chunk('zTXt', text('Comment\0\0rubbish'))).toString('base64');
  assert.equal((await cleanXmp(`${spaces('gimage')} gimage:Data="${broken}"`)).location, 'unknown');
  const cut = jpeg().subarray(0, 24).toString('base64');
  assert.equal((await cleanXmp(`${spaces('gimage')} gimage:Data="${cut}"`)).location, 'clean');
});
