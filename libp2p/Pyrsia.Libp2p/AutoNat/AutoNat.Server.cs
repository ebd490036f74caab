using System.Security.Cryptography;

namespace Pyrsia.Libp2p;

public sealed partial class AutoNat
{
    private async Task ServeV2Async(Libp2pStream stream, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(options.Timeout, host.Time, cancellationToken);
        if (await ReadV2Async(stream, deadline.Token).ConfigureAwait(false) is not AutoNatV2Request request)
        {
            stream.Reset();
            return;
        }
        AutoNatV2Response answer;
        if (ChoiceOf(stream, request.Addresses) is not { } choice) answer = new AutoNatV2Response(AutoNatV2Status.DialRefused, 0, AutoNatV2DialStatus.Unused);
        else if (!TryEnter(stream, choice.IsForeign)) answer = new AutoNatV2Response(AutoNatV2Status.RequestRejected, 0, AutoNatV2DialStatus.Unused);
        else
        {
            try
            {
                if (choice.IsForeign && !await TakeDataAsync(stream, choice.Index, deadline.Token).ConfigureAwait(false))
                {
                    stream.Reset();
                    return;
                }
                answer = new AutoNatV2Response(AutoNatV2Status.Ok, (uint)choice.Index, await DialBackAsync(choice.Target, request.Nonce, deadline.Token).ConfigureAwait(false));
            }
            finally
            {
                Leave();
            }
        }
        await stream.WriteMessageAsync(answer.Encode(), deadline.Token).ConfigureAwait(false);
        await stream.CloseWriteAsync(deadline.Token).ConfigureAwait(false);
    }

    private async Task ServeV1Async(Libp2pStream stream, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(options.Timeout, host.Time, cancellationToken);
        if (await stream.ReadMessageAsync(AutoNatV1Message.MaxLength, deadline.Token).ConfigureAwait(false) is not { } bytes) return;
        var answer = AutoNatV1Message.TryDecode(bytes, out var request) && request.Peer == stream.RemotePeer
            ? await DialForAsync(stream, request.Addresses, deadline.Token).ConfigureAwait(false)
            : new AutoNatV1Message { Status = AutoNatV1Status.BadRequest };
        await stream.WriteMessageAsync(answer.Encode(), deadline.Token).ConfigureAwait(false);
        await stream.CloseWriteAsync(deadline.Token).ConfigureAwait(false);
    }

    /// <summary>Dials the first address at the IP address that the asker is seen at; version 1 knows no way to allow another.</summary>
    private async Task<AutoNatV1Message> DialForAsync(Libp2pStream stream, IReadOnlyList<Multiaddr> addresses, CancellationToken cancellationToken)
    {
        var own = addresses.Where(a => ChoiceOf(stream, [a]) is { IsForeign: false }).ToArray();
        if (ChoiceOf(stream, own) is not { } choice || !TryEnter(stream, foreign: false)) return new AutoNatV1Message { Status = AutoNatV1Status.DialRefused };
        try
        {
            var connection = await host.DialApartAsync(choice.Target, cancellationToken).ConfigureAwait(false);
            await connection.Muxed.CloseAsync().ConfigureAwait(false);
            await connection.Muxed.DisposeAsync().ConfigureAwait(false);
            return new AutoNatV1Message { Status = AutoNatV1Status.Ok, Reached = own[choice.Index] };
        }
        catch (Exception e) when (IsFailedDial(e))
        {
            return new AutoNatV1Message { Status = AutoNatV1Status.DialError };
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>What may be dialed for who asks on a stream; over a relay and inside the process nobody is seen at an IP address, so nothing.</summary>
    private DialChoice? ChoiceOf(Libp2pStream stream, IReadOnlyList<Multiaddr?> addresses) => stream.RemoteAddress.IsRelayed || !stream.RemoteAddress.StandsOnIp ? null : DialChoice.First(
        addresses, stream.RemotePeer, stream.RemoteAddress.FirstIp, options.AllowPrivate,
        hasIPv6: host.ListenAddresses.Any(a => a.Components[0].Name == "ip6" && (options.AllowPrivate || a.IsPublic)), hasQuic: host.QuicMissing is null);

    private bool TryEnter(Libp2pStream stream, bool foreign)
    {
        lock (gate) return budget.TryEnter(NetworkPrefix.Around(stream.RemoteAddress, PrefixScale.Machine), foreign, host.Time.GetUtcNow());
    }

    private void Leave()
    {
        lock (gate) budget.Leave();
    }

    /// <summary>Has the asker send bytes before another's address is dialed; false when it does not.</summary>
    private static async Task<bool> TakeDataAsync(Libp2pStream stream, int index, CancellationToken cancellationToken)
    {
        var wanted = RandomNumberGenerator.GetInt32(DialChoice.MinDialData, DialChoice.MaxDialData + 1);
        await stream.WriteMessageAsync(new AutoNatV2DataRequest((uint)index, (ulong)wanted).Encode(), cancellationToken).ConfigureAwait(false);
        while (wanted > 0)
        {
            if (await ReadV2Async(stream, cancellationToken).ConfigureAwait(false) is not AutoNatV2Data { Length: > 0 } data) return false;
            wanted -= data.Length;
        }
        return true;
    }

    private async Task<AutoNatV2DialStatus> DialBackAsync(DialTarget target, ulong nonce, CancellationToken cancellationToken)
    {
        PeerConnection connection;
        try
        {
            connection = await host.DialApartAsync(target, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsFailedDial(e))
        {
            return AutoNatV2DialStatus.DialError;
        }
        try
        {
            await using var stream = await Libp2pHost.OpenAsync(connection, AutoNatV2DialBack.ProtocolId, counted: false, cancellationToken).ConfigureAwait(false);
            await stream.WriteMessageAsync(AutoNatV2DialBack.Encode(nonce), cancellationToken).ConfigureAwait(false);
            var answer = await stream.ReadMessageAsync(AutoNatV2DialBack.MaxLength, cancellationToken).ConfigureAwait(false);
            return answer is not null && AutoNatV2DialBack.IsAccepted(answer) ? AutoNatV2DialStatus.Ok : AutoNatV2DialStatus.DialBackError;
        }
        catch (IOException)
        {
            return AutoNatV2DialStatus.DialBackError;
        }
        finally
        {
            await connection.Muxed.CloseAsync().ConfigureAwait(false);
            await connection.Muxed.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static bool IsFailedDial(Exception e) => e is IOException or TimeoutException or System.Net.Sockets.SocketException;
}
