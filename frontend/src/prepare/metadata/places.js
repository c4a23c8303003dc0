/**
 * XMP properties that hold a place, by namespace and name: CIPA DC-010 (EXIF), IPTC Photo Metadata Standard 2023.1,
 * Adobe XMP part 2, and exiftool's documentation of makers' namespaces. Names are never compared by substring.
 */

const VERSION = 'GPSVersionID';
const GPS = (/** @type {string} */ name) => name.startsWith('GPS') && name !== VERSION;
/** @param {...string} names */
const named = (...names) => {
  const set = new Set(names);
  return (/** @type {string} */ name) => set.has(name);
};
const all = () => true;
const EXIF = 'http://ns.adobe.com/exif/1.0/';

/** @type {Record<string, (name: string) => boolean>} */
const PLACES = {
  [EXIF]: GPS,
  'http://cipa.jp/exif/1.0/': GPS,
  'http://ns.nikon.com/asteroid/1.0/': GPS,
  'http://ns.adobe.com/photoshop/1.0/': named('City', 'State', 'Country'),
  'http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/': named('Location', 'CountryCode'),
  'http://iptc.org/std/Iptc4xmpExt/2008-02-29/': named(
    'LocationShown',
    'LocationCreated',
    'City',
    'CountryCode',
    'CountryName',
    'LocationId',
    'LocationName',
    'ProvinceState',
    'Sublocation',
    'WorldRegion',
  ),
  'http://www.dji.com/drone-dji/1.0/': named(
    'GpsLatitude',
    'GpsLongitude',
    'GpsLongtitude',
    'Latitude',
    'Longitude',
    'AbsoluteAltitude',
    'RelativeAltitude',
    'RtkLat',
    'RtkLon',
    'RtkHgt',
  ),
  'http://ns.adobe.com/xmp/1.0/DynamicMedia/': named('shotLocation'),
  'http://prismstandard.org/namespaces/basic/1.0/': named('location'),
  'http://prismstandard.org/namespaces/basic/2.0/': named('location'),
  'http://prismstandard.org/namespaces/basic/2.1/': named('location'),
  'http://prismstandard.org/namespaces/pmi/2.2/': named('location'),
  'http://ns.camerabits.com/photomechanic/1.0/': named('City', 'State', 'Country', 'CountryCode', 'Location'),
  'http://ns.iview-multimedia.com/mediapro/1.0/': named('Location'),
  'http://ns.acdsee.com/iptc/1.0/': named('IPTCCity', 'IPTCState', 'IPTCCountry', 'IPTCCountryCode', 'IPTCLocation'),
  'http://developer.sonyericsson.com/cell/1.0/': all,
  'http://ns.google.com/photos/dd/1.0/earthpose/': all,
  'http://www.w3.org/2003/01/geo/wgs84_pos#': all,
  'http://rs.tdwg.org/dwc/index.htm': named('dctermsLocation', 'dctermsLocationID'),
};
/** Names that mean a place in every namespace. */
const EVERYWHERE = named('GPSLatitude', 'GPSLongitude', 'GPSAltitude', 'GPSPosition', 'GPSCoordinates');

/** Texts that people write: a place if they hold coordinates, also as two bare numbers. @type {Record<string, (name: string) => boolean>} */
const TEXTS = {
  'http://purl.org/dc/elements/1.1/': named('title', 'description', 'subject', 'coverage'),
  [EXIF]: named('UserComment'),
  'http://ns.adobe.com/tiff/1.0/': named('ImageDescription'),
  'http://ns.adobe.com/photoshop/1.0/': named('Headline', 'Instructions'),
  'http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/': named('AltTextAccessibility', 'ExtDescrAccessibility'),
  'http://ns.adobe.com/xmp/1.0/DynamicMedia/': named('comment', 'logComment'),
  'http://ns.adobe.com/xap/1.0/': named('Label'),
  'http://ns.adobe.com/lightroom/1.0/': named('hierarchicalSubject'),
  'http://www.digikam.org/ns/1.0/': named('TagsList'),
  'http://ns.microsoft.com/photo/1.0/': named('LastKeywordXMP', 'LastKeywordIPTC'),
};

/** Pictures in base64, with metadata of their own. @type {Record<string, (name: string) => boolean>} */
const PICTURES = {
  'http://ns.google.com/photos/1.0/image/': named('Data'),
  'http://ns.google.com/photos/1.0/depthmap/': named('Data', 'Confidence'),
  'http://ns.adobe.com/xap/1.0/g/img/': named('image'),
};

/**
 * What a property is to us. `version` is no place, but belongs to one; `credentials` is the address of a C2PA manifest; `digest` that of the extended XMP.
 *
 * @param {string | undefined} namespace
 * @param {string} name
 * @returns {'place' | 'version' | 'text' | 'picture' | 'credentials' | 'digest' | null}
 */
export function kindOf(namespace, name) {
  if (namespace === undefined) return null;
  if (PLACES[namespace]?.(name) || EVERYWHERE(name)) return 'place';
  if (namespace === EXIF && name === VERSION) return 'version';
  if (TEXTS[namespace]?.(name)) return 'text';
  if (PICTURES[namespace]?.(name)) return 'picture';
  if (namespace === 'http://purl.org/dc/terms/' && name === 'provenance') return 'credentials';
  if (namespace === 'http://ns.adobe.com/xmp/note/' && name === 'HasExtendedXMP') return 'digest';
  return null;
}
