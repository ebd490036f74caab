using System.Text;

namespace Pyrsia.Fuzz;

/// <summary>A decoder did something that its description excludes.</summary>
internal sealed class BrokenPromiseException(string message) : Exception(message);

/// <summary>What checks say about what a decoder promised.</summary>
internal static class Promise
{
    /// <summary>What was accepted is the only spelling of its value.</summary>
    public static void OneSpelling(ReadOnlySpan<byte> input, ReadOnlySpan<byte> encoded)
    {
        if (!input.SequenceEqual(encoded)) throw new BrokenPromiseException($"accepted, but encodes as {Convert.ToHexStringLower(encoded)}");
    }

    /// <summary>What was accepted is the only spelling of its value.</summary>
    public static void OneSpelling(string input, string encoded)
    {
        if (input != encoded) throw new BrokenPromiseException($"accepted, but is written as '{encoded}'");
    }

    public static void Holds(bool condition, string promise)
    {
        if (!condition) throw new BrokenPromiseException($"does not hold: {promise}");
    }

    /// <summary>The input as text, as it would come from a socket.</summary>
    public static string Text(byte[] input) => Encoding.UTF8.GetString(input);

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static IReadOnlyList<byte[]> Texts(params string[] texts) => Array.ConvertAll(texts, Utf8);
}
