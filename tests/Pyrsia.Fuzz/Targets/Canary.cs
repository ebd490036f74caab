namespace Pyrsia.Fuzz.Targets;

/// <summary>Decoders that are wrong on purpose: a fuzzer that does not find it finds nothing.</summary>
internal static class Canary
{
    /// <summary>One that only a fuzzer finds that sees which branches inputs take.</summary>
    public static FuzzTarget Maze { get; } = new("maze", () => [new byte[8]], Testing.Maze.Walk);

    public static FuzzTarget Target { get; } = new("canary", () => [[2, 3, 1, 2, 3, 1, 9], [0], [1, 4, 0, 0, 0, 0]], input => Sum(input));

    /// <summary>count 1 | for each item: length 1 | bytes. Believes a length above 0x7f.</summary>
    private static int Sum(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return 0;
        var (sum, at) = (0, 1);
        for (var left = input[0]; left > 0; left--)
        {
            if (at >= input.Length) return 0;
            int length = input[at++];
            if (length < 0x80 && length > input.Length - at) return 0;
            foreach (var value in input.Slice(at, length)) sum += value;
            at += length;
        }
        return sum;
    }
}
