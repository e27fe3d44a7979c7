import { describe, expect, it } from 'vitest';
import { placeOf, siteAddress } from './place.ts';

const root = new URL('http://nester.lan:5000/');
const under = new URL('https://example.org/monitor/');

describe('place', () => {
  it('is the fleet at the root, with what the address asks of it', () => {
    const place = placeOf(new URL('http://nester.lan:5000/?status=late'), root);

    expect(place.screen).toBe('fleet');
    expect(place.search.get('status')).toBe('late');
  });

  it('is the wall where the address says so', () => {
    expect(placeOf(new URL('http://nester.lan:5000/?wall'), root).screen).toBe('wall');
  });

  it.each(['lyon-01', 'a/b', '100% Ärger?', '<img src=x onerror=alert(1)>', '🏥🏥', 'x y#z'])('leads to the site %j and back', (node) => {
    for (const base of [root, under]) {
      expect(placeOf(new URL(siteAddress(node, base)), base)).toMatchObject({ screen: 'site', node });
    }
  });

  it('is the fleet for an address that stands for nothing', () => {
    expect(placeOf(new URL('http://nester.lan:5000/nodes/%E0%A4%A'), root).screen).toBe('fleet');
    expect(placeOf(new URL('http://nester.lan:5000/nodes/a/b'), root).screen).toBe('fleet');
    expect(placeOf(new URL('http://nester.lan:5000/nodes/'), root).screen).toBe('fleet');
  });
});
