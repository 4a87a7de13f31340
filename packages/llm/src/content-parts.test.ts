import { expect, test } from 'vitest'
import { audioPart, filePart, imagePart, textPart } from './content-parts.js'

const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256)

test('default: the parts of the OpenAI API', () => {
  expect(textPart('a')).toEqual({ type: 'text', text: 'a' })
  expect(imagePart('https://host/a.png', { detail: 'low' })).toEqual({
    type: 'image_url',
    image_url: { url: 'https://host/a.png', detail: 'low' },
  })
  expect(imagePart({ bytes, mediaType: 'image/png' })).toEqual({
    type: 'image_url',
    image_url: { url: `data:image/png;base64,${Buffer.from(bytes).toString('base64')}` },
  })
  expect(audioPart(Uint8Array.of(1, 2), { format: 'wav' })).toEqual({
    type: 'input_audio',
    input_audio: { data: 'AQI=', format: 'wav' },
  })
  expect(filePart({ bytes: Uint8Array.of(1), mediaType: 'application/pdf' }, { filename: 'a.pdf' })).toEqual({
    type: 'file',
    file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AQ==' },
  })
})
