namespace Pyrsia.Libp2p;

/// <summary>Identify and identify push. https://github.com/libp2p/specs/blob/master/identify/README.md</summary>
public sealed partial class Libp2pHost
{
    /// <summary>Number of the last record that was signed; guarded by the lock.</summary>
    private ulong recordSequence;

    /// <summary>Waits until a connected peer has said what it serves; returns false when it does not.</summary>
    public async Task<bool> WaitIdentifiedAsync(PeerId peer, CancellationToken cancellationToken = default)
    {
        if (Find(peer) is not { } connection) return false;
        await connection.Identified.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return connection.Identity is not null;
    }

    private void ServeIdentify()
    {
        var limits = new ProtocolLimits { MaxStreams = int.MaxValue, MaxStreamsPerPeer = 8, AllowLimited = true };
        handlers[IdentifyMessage.ProtocolId] = new ProtocolHandler(async (stream, ct) =>
        {
            var address = Find(stream.RemotePeer)?.Address;
            await WriteIdentityAsync(stream, address, ct).ConfigureAwait(false);
        }, limits);
        handlers[IdentifyMessage.PushProtocolId] = new ProtocolHandler(async (stream, ct) =>
        {
            var pushed = await ReadIdentifyAsync(stream, ct).ConfigureAwait(false);
            if (Find(stream.RemotePeer) is { } connection) Learn(connection, pushed);
        }, limits);
    }

    /// <summary>This host's signed word of where it is. Each has a number above all before it, also those of the same millisecond: others take no record whose number did not grow.</summary>
    internal byte[] SealRecord(IReadOnlyList<Multiaddr> addresses)
    {
        ulong sequence;
        lock (gate) sequence = recordSequence = Math.Max(recordSequence + 1, (ulong)time.GetUtcNow().ToUnixTimeMilliseconds());
        return new PeerRecord(Id, sequence, [.. addresses.Take(PeerRecord.MaxAddresses)]).Seal(Identity);
    }

    private async Task WriteIdentityAsync(Libp2pStream stream, Multiaddr? observed, CancellationToken cancellationToken)
    {
        foreach (var part in OwnIdentity(observed).EncodeParts()) await stream.WriteMessageAsync(part, cancellationToken).ConfigureAwait(false);
        await stream.CloseWriteAsync(cancellationToken).ConfigureAwait(false);
    }

    private IdentifyMessage OwnIdentity(Multiaddr? observed)
    {
        var addresses = ListenAddresses;
        return new IdentifyMessage
        {
            PublicKey = Identity.PublicKey,
            ListenAddresses = addresses,
            Protocols = Protocols,
            ObservedAddress = observed,
            ProtocolVersion = options.ProtocolVersion,
            AgentVersion = options.AgentVersion,
            SignedRecordBytes = SealRecord(addresses),
        };
    }

    private async Task IdentifyAsync(PeerConnection connection, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(options.IdentifyTimeout, time, cancellationToken);
        try
        {
            // Short connections end before; that is nothing to make exceptions of.
            if (!connection.Muxed.IsOpen) return;
            await using var stream = await OpenAsync(connection, IdentifyMessage.ProtocolId, counted: false, deadline.Token).ConfigureAwait(false);
            Learn(connection, await ReadIdentifyAsync(stream, deadline.Token).ConfigureAwait(false));
        }
        catch (Exception e) when (e is ConnectionClosedException or OperationCanceledException && !deadline.Passed)
        {
            // The connection ended first.
        }
        finally
        {
            connection.Identified.TrySetResult();
        }
    }

    private static async Task<IdentifyMessage> ReadIdentifyAsync(Libp2pStream stream, CancellationToken cancellationToken)
    {
        var merged = new IdentifyMessage();
        for (var i = 0; i < IdentifyMessage.MaxMessages; i++)
        {
            if (await stream.ReadMessageAsync(IdentifyMessage.MaxLength, cancellationToken).ConfigureAwait(false) is not { } bytes) return merged;
            if (!IdentifyMessage.TryDecode(bytes, out var message)) throw new PeerProtocolException("The peer sent a malformed identify message.");
            merged = merged.Join(message);
        }
        return merged;
    }

    /// <summary>Takes what a peer said of itself. A key that is not the handshake's makes the whole message void.</summary>
    private void Learn(PeerConnection connection, IdentifyMessage message)
    {
        if (message.PublicKey is { } key && PeerId.FromPublicKey(key) != connection.Peer)
            throw new PeerProtocolException("The peer identified itself with another key than it proved.");
        if (message.SignedRecord is { } record && record.PeerId != connection.Peer) message = message with { SignedRecord = null, SignedRecordBytes = null };
        var merged = (connection.Identity ?? new IdentifyMessage()).Merge(message);
        connection.Identity = merged with { SignedRecordBytes = null };
        var addresses = merged.SignedRecord?.Addresses is { Count: > 0 } signed ? signed : merged.ListenAddresses ?? [];
        PeerStore.AddAddresses(connection.Peer, addresses, PeerStore.IdentifiedLifetime);
        PeerStore.SetProtocols(connection.Peer, merged.Protocols ?? []);
        if (merged.SignedRecordBytes is { } words) PeerStore.SetSignedRecord(connection.Peer, words);
        connection.Identified.TrySetResult();
        Raise(PeerEventKind.Identified, connection);
    }

    /// <summary>Tells every connected peer that serves push what changed here.</summary>
    private void PushIdentify()
    {
        foreach (var connection in AllConnections())
        {
            if (connection.Identity?.Protocols?.Contains(IdentifyMessage.PushProtocolId) != true) continue;
            Spawn("identify push", async ct =>
            {
                await using var stream = await OpenAsync(connection, IdentifyMessage.PushProtocolId, counted: false, ct).ConfigureAwait(false);
                await WriteIdentityAsync(stream, connection.Address, ct).ConfigureAwait(false);
            });
        }
    }
}
