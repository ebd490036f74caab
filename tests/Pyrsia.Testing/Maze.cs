namespace Pyrsia.Testing;

/// <summary>A decoder that is wrong at the end of a way that chance alone does not find: a fuzzer that sees which branches inputs take finds it step by step.</summary>
public static class Maze
{
    /// <exception cref="InvalidOperationException">The input came to the end.</exception>
    public static void Walk(byte[] input)
    {
        if (input is [0x71, 0x1e, 0xc3, 0x05, 0x9a, 0x44, ..]) throw new InvalidOperationException("The end of the maze.");
    }
}
