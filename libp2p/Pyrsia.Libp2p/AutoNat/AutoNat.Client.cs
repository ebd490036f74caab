using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Pyrsia.Libp2p;

public sealed partial class AutoNat
{
    /// <summary>Has one address dialed.</summary>
    /// <returns>Whether it was reached, or null when the server does not say, or says it without having done it.</returns>
    internal async Task<bool?> AskAsync(PeerInfo server, Multiaddr address, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(options.Timeout, host.Time, cancellationToken);
        try
        {
            return server.Protocols.Contains(AutoNatV2Message.ProtocolId)
                ? await AskV2Async(server.Id, address, deadline.Token).ConfigureAwait(false)
                : await AskV1Async(server.Id, address, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or TimeoutException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    private async Task<bool?> AskV1Async(PeerId server, Multiaddr address, CancellationToken cancellationToken)
    {
        await using var stream = await host.OpenStreamAsync(server, AutoNatV1Message.ProtocolId, cancellationToken).ConfigureAwait(false);
        await stream.WriteMessageAsync(new AutoNatV1Message { Peer = host.Id, Addresses = [address] }.Encode(), cancellationToken).ConfigureAwait(false);
        var bytes = await stream.ReadMessageAsync(AutoNatV1Message.MaxLength, cancellationToken).ConfigureAwait(false);
        if (bytes is null || !AutoNatV1Message.TryDecode(bytes, out var answer)) return null;
        return answer.Status switch { AutoNatV1Status.Ok => true, AutoNatV1Status.DialError => false, _ => null };
    }

    private async Task<bool?> AskV2Async(PeerId server, Multiaddr address, CancellationToken cancellationToken)
    {
        var nonce = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        var dialed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate) nonces[nonce] = dialed;
        try
        {
            await using var stream = await host.OpenStreamAsync(server, AutoNatV2Message.ProtocolId, cancellationToken).ConfigureAwait(false);
            await stream.WriteMessageAsync(new AutoNatV2Request([address], nonce).Encode(), cancellationToken).ConfigureAwait(false);
            var answer = await ReadV2Async(stream, cancellationToken).ConfigureAwait(false);
            if (answer is AutoNatV2DataRequest { Index: 0, Bytes: <= DialChoice.MaxDialData } wanted)
            {
                var data = new AutoNatV2Data(AutoNatV2Data.MaxBytes).Encode();
                for (var sent = 0; sent < (int)wanted.Bytes; sent += AutoNatV2Data.MaxBytes) await stream.WriteMessageAsync(data, cancellationToken).ConfigureAwait(false);
                answer = await ReadV2Async(stream, cancellationToken).ConfigureAwait(false);
            }
            if (answer is not AutoNatV2Response { Status: AutoNatV2Status.Ok, Index: 0 } response) return null;
            // The nonce was answered before the server answered; who did not bring it did not dial.
            return response.Dial switch { AutoNatV2DialStatus.Ok => dialed.Task.IsCompleted ? true : null, AutoNatV2DialStatus.DialError => false, _ => null };
        }
        finally
        {
            lock (gate) nonces.Remove(nonce);
        }
    }

    private async Task ServeDialBackAsync(Libp2pStream stream, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(options.Timeout, host.Time, cancellationToken);
        var bytes = await stream.ReadMessageAsync(AutoNatV2DialBack.MaxLength, deadline.Token).ConfigureAwait(false);
        TaskCompletionSource? asked = null;
        lock (gate)
        {
            // A server that comes over a relay has shown nothing of an address.
            if (bytes is not null && AutoNatV2DialBack.TryDecode(bytes, out var nonce) && !stream.RemoteAddress.IsRelayed) nonces.TryGetValue(nonce, out asked);
        }
        if (asked is null)
        {
            stream.Reset();
            return;
        }
        asked.TrySetResult();
        await stream.WriteMessageAsync(AutoNatV2DialBack.Accepted, deadline.Token).ConfigureAwait(false);
        await stream.CloseWriteAsync(deadline.Token).ConfigureAwait(false);
    }

    /// <summary>Reads one message; null when there is none that can be read.</summary>
    private static async Task<AutoNatV2Message?> ReadV2Async(Libp2pStream stream, CancellationToken cancellationToken) =>
        await stream.ReadMessageAsync(AutoNatV2Message.MaxLength, cancellationToken).ConfigureAwait(false) is { } bytes && AutoNatV2Message.TryDecode(bytes, out var message) ? message : null;
}
