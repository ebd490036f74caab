namespace Pyrsia.Libp2p;

/// <summary>How long a circuit may stand and how many bytes it may carry in each direction; zero is no limit.</summary>
internal readonly record struct RelayLimit(uint Seconds, ulong Bytes)
{
    public bool IsNone => Seconds == 0 && Bytes == 0;

    public byte[] Encode() => new ProtoWriter().Number(1, Seconds).Number(2, Bytes).ToArray();

    /// <summary>Decodes duration = 1 and data = 2; false when malformed.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, out RelayLimit limit)
    {
        ulong seconds = 0, bytes = 0;
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsNumber(1)) seconds = reader.Number;
            else if (reader.IsNumber(2)) bytes = reader.Number;
        }
        limit = new RelayLimit((uint)Math.Min(seconds, uint.MaxValue), bytes);
        return !reader.Failed && seconds <= uint.MaxValue;
    }
}
