using System.Globalization;
using System.Text;

namespace Pyrsia.Provenance.Attestations;

/// <summary>Dead Simple Signing Envelope 1.0: what is signed. https://github.com/secure-systems-lab/dsse/blob/v1.0.0/protocol.md</summary>
public static class Dsse
{
    /// <summary>The payload type of an in-toto statement.</summary>
    public const string InTotoPayloadType = "application/vnd.in-toto+json";

    /// <summary>The pre-authentication encoding: <c>DSSEv1 SP len(type) SP type SP len(payload) SP payload</c>.</summary>
    public static byte[] Pae(string payloadType, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(payloadType);
        var typeLength = Encoding.UTF8.GetByteCount(payloadType);
        var head = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"DSSEv1 {typeLength} {payloadType} {payload.Length} "));
        return [.. head, .. payload];
    }
}
