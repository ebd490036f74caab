namespace Pyrsia.Libp2p;

/// <summary>What a server says on <c>/libp2p/autonat/2/dial-back</c> over the connection that it dialed, nonce = 1, and the answer, status = 1.</summary>
internal static class AutoNatV2DialBack
{
    public const string ProtocolId = "/libp2p/autonat/2/dial-back";

    /// <summary>Longest message, in bytes.</summary>
    public const int MaxLength = 64;

    public static byte[] Encode(ulong nonce) => new ProtoWriter().Fixed64(1, nonce).ToArray();

    /// <summary>Reads the nonce; false when malformed or without one.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, out ulong nonce)
    {
        nonce = 0;
        var found = false;
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader is not { Field: 1, Wire: 1 }) continue;
            nonce = reader.Number;
            found = true;
        }
        return !reader.Failed && found;
    }

    /// <summary>The answer OK, which is 0.</summary>
    public static byte[] Accepted => new ProtoWriter().Number(1, 0).ToArray();

    /// <summary>True for the answer OK, which may be left out as all defaults may.</summary>
    public static bool IsAccepted(ReadOnlySpan<byte> source)
    {
        ulong status = 0;
        var reader = new ProtoReader(source);
        while (reader.Next())
            if (reader.IsNumber(1)) status = reader.Number;
        return !reader.Failed && status == 0;
    }
}
