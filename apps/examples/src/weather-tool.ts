import type { FunctionTool } from '@og/client'

/** The tool of the examples. A real one would ask a weather service. */
export const weatherTool: FunctionTool = {
  type: 'function',
  function: {
    name: 'get_current_weather',
    description: 'Get the current weather in a given location',
    parameters: {
      type: 'object',
      properties: {
        city: { type: 'string', description: "The city to find the weather for, e.g. 'San Francisco'" },
        state: {
          type: 'string',
          description: "The two-letter abbreviation for the state that the city is in, e.g. 'CA'",
        },
        unit: { type: 'string', description: 'The unit to fetch the temperature in', enum: ['celsius', 'fahrenheit'] },
      },
      required: ['city', 'state', 'unit'],
    },
  },
  execute: async (input) => `The weather tool was asked ${JSON.stringify(input)}. It is 85 degrees and sunny.`,
}
