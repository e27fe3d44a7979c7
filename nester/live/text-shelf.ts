/**
 * Keeps texts for a while as bytes, in a few pieces of memory that are used again and again:
 * megabytes a second that are kept as strings and then forgotten would have the collector of
 * garbage walk through all of memory every few seconds.
 */
export interface TextShelf {
  /** As one, with commas between them. What comes as bytes, UTF-8, is copied. */
  put(texts: readonly (string | Uint8Array)[]): ShelvedText;
  /** A view: good until it is released. */
  read(text: ShelvedText): Buffer;
  /** Not to be read any more. */
  release(text: ShelvedText): void;
}

export interface ShelvedText {
  piece: Piece;
  start: number;
  end: number;
}

interface Piece {
  bytes: Buffer;
  used: number;
  /** Texts not released yet. */
  texts: number;
}

const COMMA = 0x2c;
const PIECE_BYTES = 256 * 1024;

export function createTextShelf(pieceBytes = PIECE_BYTES): TextShelf {
  let filling = emptyPiece(0);
  const spare: Piece[] = [];

  /** A piece in which so many bytes have room. */
  function pieceFor(size: number): Piece {
    if (filling.used + size <= filling.bytes.length) return filling;
    if (size > pieceBytes) return emptyPiece(size);
    filling = spare.pop() ?? emptyPiece(pieceBytes);
    return filling;
  }

  return {
    put(texts) {
      let size = Math.max(0, texts.length - 1);
      for (const text of texts) size += typeof text === 'string' ? Buffer.byteLength(text) : text.length;
      const piece = pieceFor(size);
      const start = piece.used;
      let at = start;
      for (const [n, text] of texts.entries()) {
        if (n > 0) piece.bytes[at++] = COMMA;
        if (typeof text === 'string') at += piece.bytes.write(text, at);
        else {
          piece.bytes.set(text, at);
          at += text.length;
        }
      }
      piece.used += size;
      piece.texts++;
      return { piece, start, end: piece.used };
    },
    read: ({ piece, start, end }) => piece.bytes.subarray(start, end),
    release({ piece }) {
      if (--piece.texts > 0) return;
      piece.used = 0;
      if (piece !== filling && piece.bytes.length === pieceBytes) spare.push(piece);
    },
  };
}

function emptyPiece(size: number): Piece {
  return { bytes: Buffer.allocUnsafeSlow(size), used: 0, texts: 0 };
}
