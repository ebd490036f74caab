using System.Buffers;
using System.Net;
using System.Text.Json.Nodes;
using Pyrsia.Curve25519;
using Pyrsia.Libp2p;

namespace Pyrsia.Fuzz.Targets;

/// <summary>What peers say on a libp2p connection.</summary>
internal static class Libp2pMessageTargets
{
    private const int YamuxStep = 1 + YamuxHeader.Size;

    private static readonly byte[] StaticKey = new byte[32];

    private static readonly DateTimeOffset CertificateTime = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly byte[][] Certificates =
        [.. JsonNode.Parse(Samples.Vector("tls-certificates.json"))!.AsObject().Select(vector => Convert.FromHexString((string)vector.Value!["certificate"]!))];

    private static byte[] Answer =>
        HttpHead.Read(WebSocketHandshake.Request("127.0.0.1:80", "dGhlIHNhbXBsZSBub25jZQ=="), out var request, out _) == OperationStatus.Done && WebSocketHandshake.TryAnswer(request!, out var answer) ? answer : [];

    private const string GatewayDescription = "<?xml version=\"1.0\"?><root xmlns=\"urn:schemas-upnp-org:device-1-0\"><device><serviceList><service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><controlURL>/ctl/IPConn</controlURL></service></serviceList></device></root>";

    private static readonly IPAddress Gateway = IPAddress.Parse("10.0.2.1");

    private static readonly Uri GatewayLocation = new("http://10.0.2.1:5000/rootDesc.xml");

    private static SignedKey SignedHostKey => new(Peer.PublicKey, Peer.Sign(SignedKey.Statement(StaticKey)));

    private static KeyPair Peer => Libp2pFormatTargets.Peer;

    private static byte[] Record => new PeerRecord(Peer.PeerId, 7, Libp2pFormatTargets.Addresses).Seal(Peer);

    private static RendezvousMessage[] Rendezvous =>
    [
        new(RendezvousMessageType.Register) { Namespace = "app", SignedPeerRecord = Record, Ttl = 7200 },
        new(RendezvousMessageType.RegisterResponse) { Status = RendezvousStatus.Ok, Ttl = 7200 },
        new(RendezvousMessageType.Unregister) { Namespace = "app" },
        new(RendezvousMessageType.Discover) { Namespace = "app", Limit = 7, Cookie = StaticKey },
        new(RendezvousMessageType.DiscoverResponse) { Registrations = [new(RendezvousMessageType.Register) { Namespace = "app", SignedPeerRecord = Record, Ttl = 1 }], Cookie = StaticKey, StatusText = "found" },
    ];

    private static byte[] Gossip
    {
        get
        {
            var rpc = new GossipRpc();
            rpc.Subscriptions.Add(("topic", true));
            rpc.Messages.Add(GossipMessage.Sign(Peer, "topic", 7, "data"u8.ToArray()));
            rpc.IHave.Add(("topic", [rpc.Messages[0].DefaultId]));
            rpc.IWant.Add(rpc.Messages[0].DefaultId);
            rpc.Graft.Add("topic");
            rpc.Prune.Add(new GossipPrune("topic", TimeSpan.FromMinutes(1), [(Peer.PeerId, Record)]));
            rpc.IDontWant.Add(rpc.Messages[0].DefaultId);
            return rpc.Encode();
        }
    }

    public static IReadOnlyList<FuzzTarget> List { get; } =
    [
        new("noise-payload", () => [NoisePayload.Create(Peer, StaticKey, ["/yamux/1.0.0"]), NoisePayload.Create(Peer, StaticKey, [])], input => _ = NoisePayload.TryVerify(input, StaticKey, out _)),
        new("plaintext-exchange", () => [new PlaintextExchange(Peer.PublicKey).Encode()], input =>
        {
            if (!PlaintextExchange.TryDecode(input, out var exchange)) return;
            Promise.Holds(PlaintextExchange.TryDecode(exchange.Encode(), out var again) && again.Key.Equals(exchange.Key), "what was decoded encodes and decodes");
        }),
        new("tls-extension", () => [SignedHostKey.Encode(), new SignedKey(Libp2pFormatTargets.Peer.PublicKey, default(ReadOnlyMemory<byte>)).Encode()], input =>
        {
            if (!SignedKey.TryDecode(input, out var signed)) return;
            Promise.Holds(SignedKey.TryDecode(signed.Encode(), out var again) && again.Key.Equals(signed.Key) && again.Signature.Span.SequenceEqual(signed.Signature.Span), "what was decoded encodes and decodes");
            _ = signed.Signs(StaticKey);
        }),
        new("tls-certificate", () => Certificates, input =>
        {
            if (TlsCertificate.Verify(input, CertificateTime, out _) == TlsCertificateFault.None) Promise.Holds(Certificates.Any(input.SequenceEqual), "nobody changes a signed certificate");
        }),
        new("mdns", () => [MdnsMessage.Question(MdnsOptions.DefaultService), MdnsMessage.Answer(MdnsOptions.DefaultService, MdnsMessage.NewName(), Libp2pFormatTargets.Addresses)], input =>
        {
            if (MdnsMessage.TryDecode(input, out var message)) Promise.Holds(message.Asked.Count <= MdnsMessage.MaxQuestions && message.Pointers.Count <= MdnsMessage.MaxRecords, "no more is read than the limits say");
            var found = new MdnsSession(Peer.PeerId, MdnsOptions.DefaultService, "name", allowLoopback: true, CertificateTime).Receive(input);
            Promise.Holds(found is null || (found.Peer != Peer.PeerId && found.Addresses.Count is > 0 and <= MdnsSession.MaxAddresses), "another peer is found, with a few addresses");
        }),
        new("nat-pmp", () => [[0, 128, 0, 0, 0, 0, 0, 7, 26, 1, 2, 3], [0, 130, 0, 0, 0, 0, 0, 7, 0xab, 0xe0, 0xab, 0xe1, 0, 0, 28, 32], [0, 130, 0, 2, 0, 0, 0, 7], [2, 128, 0, 1, 0, 0, 0, 0]], input =>
        {
            var session = new NatPmpSession(CertificateTime);
            session.SetPorts([44000], CertificateTime);
            for (var i = 0; i < 3; i++)
            {
                while (session.Next(CertificateTime) is not null)
                {
                    // Asked.
                }
                session.Receive(input, CertificateTime);
            }
            Promise.Holds(session.Mapped(CertificateTime).Count <= 1, "one answer maps no more than was asked for");
            Promise.Holds(session.IsOver || session.Due > CertificateTime, "one answer makes nobody ask without end");
        }),
        new("upnp-search", () => Promise.Texts("HTTP/1.1 200 OK\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nLOCATION: http://10.0.2.1:5000/rootDesc.xml\r\n\r\n"), input =>
        {
            if (UpnpSearch.TryRead(input, Gateway, out var description)) Promise.Holds(description.Scheme == "http" && IPAddress.Parse(description.Host).Equals(Gateway), "only the gateway is asked");
        }),
        new("upnp-description", () => [Promise.Utf8(GatewayDescription)], input =>
        {
            if (UpnpService.Find(input, GatewayLocation, Gateway) is { } service) Promise.Holds(service.Control.Scheme == "http" && IPAddress.Parse(service.Control.Host).Equals(Gateway), "only the gateway is asked");
        }),
        new("upnp-answer", () => Promise.Texts(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><u:GetExternalIPAddressResponse xmlns:u=\"urn:schemas-upnp-org:service:WANIPConnection:1\"><NewExternalIPAddress>26.1.2.3</NewExternalIPAddress></u:GetExternalIPAddressResponse></s:Body></s:Envelope>",
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault><detail><UPnPError xmlns=\"urn:schemas-upnp-org:control-1-0\"><errorCode>718</errorCode></UPnPError></detail></s:Fault></s:Body></s:Envelope>"),
            input => Promise.Holds(UpnpService.Read(input, "NewExternalIPAddress") is not ({ }, { }), "an answer is a value or an error")),
        new("route-table", () => Promise.Texts("Iface\tDestination\tGateway\nwlan0\t00000000\t0103000A\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"), input => _ = DefaultGateway.Parse(Promise.Text(input))),
        new("rendezvous", () => [.. Rendezvous.Select(message => message.Encode())], input =>
        {
            if (RendezvousMessage.TryDecode(input, out var message)) Promise.Holds(RendezvousMessage.TryDecode(message.Encode(), out var again) && again.Encode().AsSpan().SequenceEqual(message.Encode()), "what was decoded encodes and decodes");
        }),
        new("websocket-request", () => [WebSocketHandshake.Request("127.0.0.1:80", "dGhlIHNhbXBsZSBub25jZQ=="), Answer], input =>
        {
            var status = HttpHead.Read(input, out var head, out var consumed);
            Promise.Holds(status == OperationStatus.Done == head is not null && consumed <= HttpHead.MaxLength, "a head is bounded");
            if (head is null) return;
            Promise.Holds(WebSocketHandshake.TryAnswer(head, out var answer) == Promise.Text(answer).StartsWith("HTTP/1.1 101", StringComparison.Ordinal), "what is refused is told so");
            _ = WebSocketHandshake.Agrees(head, "dGhlIHNhbXBsZSBub25jZQ==");
        }),
        new("gossip-rpc", () => [Gossip], input =>
        {
            if (!GossipRpc.TryDecode(input, out var rpc, out _)) return;
            Promise.Holds(GossipRpc.TryDecode(rpc.Encode(), out var again, out var malformed) && malformed == 0 && again.Encode().AsSpan().SequenceEqual(rpc.Encode()), "what was decoded encodes and decodes");
            Promise.Holds(rpc.Messages.All(message => !message.IsSigned() || message.From == Peer.PeerId), "nobody signs for others");
            foreach (var prune in rpc.Prune) Promise.Holds(prune.Backoff is not { } backoff || backoff <= GossipPrune.MaxBackoff, "a back-off is bounded");
        }),
        new("noise-message", () => [[9, .. new byte[31]], [9, .. new byte[95]], [9, .. new byte[200]]], input =>
        {
            using var statics = X25519PrivateKey.FromBytes(StaticKey);
            using var handshake = new NoiseHandshake(initiator: false, statics, X25519PrivateKey.FromBytes(StaticKey));
            if (!handshake.TryRead(input, out _)) return;
            try
            {
                _ = handshake.Write([]);
            }
            catch (HandshakeException)
            {
                // Documented: a weak key.
                return;
            }
            _ = handshake.TryRead(input, out _);
        }),
        new("yamux", YamuxSessions, CheckYamux),
        new("kad", KadMessages, input =>
        {
            if (!KadMessage.TryDecode(input, out var message)) return;
            Promise.Holds(message.CloserPeers.Count <= KadMessage.MaxPeers && message.ProviderPeers.Count <= KadMessage.MaxPeers && message.Key.Length <= KadMessage.MaxKeyLength, "lists and key are bounded");
            Promise.Holds(KadMessage.TryDecode(message.Encode(), out _), "what was decoded encodes and decodes");
        }),
        new("relay-hop", HopMessages, input =>
        {
            if (!HopMessage.TryDecode(input, out var message)) return;
            Promise.Holds(message.Reservation is null or { Addresses.Count: <= RelayReservation.MaxAddresses }, "addresses are bounded");
            Promise.Holds(HopMessage.TryDecode(message.Encode(), out var again) && again.Peer == message.Peer && again.Limit == message.Limit && again.Status == message.Status, "what was decoded encodes and decodes");
        }),
        new("relay-stop", () => [new StopMessage(StopMessageType.Connect) { Peer = Peer.PeerId, Limit = new RelayLimit(120, 131_072) }.Encode(), new StopMessage(StopMessageType.Status) { Status = RelayStatus.Ok }.Encode()], input =>
        {
            if (!StopMessage.TryDecode(input, out var message)) return;
            Promise.Holds(StopMessage.TryDecode(message.Encode(), out var again) && again == message, "what was decoded encodes and decodes");
        }),
        new("relay-voucher", () => [ReservationVoucher.Seal(Peer, Peer.PeerId, 7)], input =>
        {
            if (ReservationVoucher.TryOpen(input, out var voucher)) Promise.Holds(voucher.Relay == Peer.PeerId && voucher.Expiration == 7, "nobody changes a voucher");
        }),
        new("autonat-v1", () => [new AutoNatV1Message { Peer = Peer.PeerId, Addresses = Libp2pFormatTargets.Addresses }.Encode(), new AutoNatV1Message { Status = AutoNatV1Status.Ok, Reached = Libp2pFormatTargets.Addresses[0] }.Encode()], input =>
        {
            if (!AutoNatV1Message.TryDecode(input, out var message)) return;
            Promise.Holds(message.Addresses.Count <= AutoNatV1Message.MaxAddresses, "addresses are bounded");
            Promise.Holds(AutoNatV1Message.TryDecode(message.Encode(), out var again) && again.Peer == message.Peer && again.Status == message.Status, "what was decoded encodes and decodes");
        }),
        new("autonat-v2", AutoNatMessages, input =>
        {
            if (!AutoNatV2Message.TryDecode(input, out var message)) return;
            Promise.Holds(message is not AutoNatV2Request { Addresses.Count: > AutoNatV2Request.MaxAddresses } and not AutoNatV2Data { Length: > AutoNatV2Data.MaxBytes }, "lists and data are bounded");
            Promise.Holds(AutoNatV2Message.TryDecode(message.Encode(), out var again) && again.GetType() == message.GetType(), "what was decoded encodes and decodes");
        }),
        new("autonat-dial-back", () => [AutoNatV2DialBack.Encode(7), AutoNatV2DialBack.Accepted], input =>
        {
            if (AutoNatV2DialBack.TryDecode(input, out var nonce)) Promise.Holds(AutoNatV2DialBack.TryDecode(AutoNatV2DialBack.Encode(nonce), out var again) && again == nonce, "what was decoded encodes and decodes");
            _ = AutoNatV2DialBack.IsAccepted(input);
        }),
        new("hole-punch", () => [new HolePunchMessage(HolePunchMessageType.Connect, Libp2pFormatTargets.Addresses).Encode(), new HolePunchMessage(HolePunchMessageType.Sync, []).Encode()], input =>
        {
            if (!HolePunchMessage.TryDecode(input, out var message)) return;
            Promise.Holds(message.Addresses.Count <= HolePunchMessage.MaxAddresses, "addresses are bounded");
            Promise.Holds(HolePunchMessage.TryDecode(message.Encode(), out var again) && again.Type == message.Type && again.Addresses.SequenceEqual(message.Addresses), "what was decoded encodes and decodes");
        }),
        new("identify", IdentifyMessages, input =>
        {
            if (!IdentifyMessage.TryDecode(input, out var message)) return;
            Promise.Holds(message.Protocols is null or { Count: <= IdentifyMessage.MaxProtocols } && message.ListenAddresses is null or { Count: <= PeerRecord.MaxAddresses }, "lists are bounded");
            Promise.Holds(message.Merge(message).EncodeParts().All(part => part.Length <= IdentifyMessage.MaxSentLength && IdentifyMessage.TryDecode(part, out _)), "what was decoded encodes, in short messages, and decodes");
        }),
        new("peer-record", () => [Record], input =>
        {
            if (PeerRecord.TryOpen(input, out var record)) Promise.Holds(record.PeerId == Peer.PeerId && record.Sequence == 7, "nobody changes a signed record");
        }),
        new("private-key", () => [Peer.EncodePrivate()], input =>
        {
            if (KeyPair.TryDecodePrivate(input, out var pair)) Promise.Holds(KeyPair.TryDecodePrivate(pair.EncodePrivate(), out var again) && again.PeerId == pair.PeerId, "what was decoded encodes and decodes");
        }),
    ];

    private static List<byte[]> HopMessages() =>
    [
        new HopMessage(HopMessageType.Reserve).Encode(),
        new HopMessage(HopMessageType.Connect) { Peer = Peer.PeerId }.Encode(),
        new HopMessage(HopMessageType.Status)
        {
            Status = RelayStatus.Ok,
            Limit = new RelayLimit(120, 131_072),
            Reservation = new RelayReservation(1_800_000_000, Libp2pFormatTargets.Addresses, ReservationVoucher.Seal(Peer, Peer.PeerId, 7)),
        }.Encode(),
    ];

    private static List<byte[]> AutoNatMessages() =>
    [
        new AutoNatV2Request([.. Libp2pFormatTargets.Addresses, null], 7).Encode(),
        new AutoNatV2Response(AutoNatV2Status.Ok, 1, AutoNatV2DialStatus.Ok).Encode(),
        new AutoNatV2DataRequest(1, 30_000).Encode(),
        new AutoNatV2Data(16).Encode(),
    ];

    private static List<byte[]> KadMessages()
    {
        var peers = new[] { new PeerAddresses(Peer.PeerId, Libp2pFormatTargets.Addresses), new PeerAddresses(KeyPair.FromSeed(new byte[32]).PeerId, []) };
        var key = Multihash.OfSha256("content"u8).Bytes;
        return [.. Enum.GetValues<KadMessageType>().Select(type => new KadMessage(type, key) { CloserPeers = peers, ProviderPeers = peers }.Encode()), new KadMessage(KadMessageType.Ping, default).Encode()];
    }

    private static List<byte[]> IdentifyMessages()
    {
        var message = new IdentifyMessage
        {
            PublicKey = Peer.PublicKey,
            ListenAddresses = Libp2pFormatTargets.Addresses,
            Protocols = [IdentifyMessage.ProtocolId, "/pyrsia/kad/1.0.0"],
            ObservedAddress = Libp2pFormatTargets.Addresses[0],
            ProtocolVersion = "ipfs/0.1.0",
            AgentVersion = "agent/1",
            SignedRecordBytes = Record,
        };
        return [.. message.EncodeParts(), .. (message with { SignedRecordBytes = null }).EncodeParts(), .. new IdentifyMessage { ListenAddresses = [Libp2pFormatTargets.Addresses[1]] }.EncodeParts()];
    }

    /// <summary>Steps of one byte, what our side does, and a header that the peer sends then.</summary>
    private static List<byte[]> YamuxSessions()
    {
        byte[] Step(byte own, YamuxType type, YamuxFlags flags, uint stream, uint length)
        {
            var step = new byte[YamuxStep];
            step[0] = own;
            new YamuxHeader(type, flags, stream, length).Write(step.AsSpan(1));
            return step;
        }

        return
        [
            [
                .. Step(0, YamuxType.WindowUpdate, YamuxFlags.Syn, 1, 0), .. Step(4, YamuxType.Data, YamuxFlags.None, 1, 100_000), .. Step(5, YamuxType.Data, YamuxFlags.None, 1, 150_000),
                .. Step(2, YamuxType.Data, YamuxFlags.Fin, 1, 10), .. Step(0, YamuxType.GoAway, YamuxFlags.None, 0, 0),
            ],
            [
                .. Step(1, YamuxType.WindowUpdate, YamuxFlags.Ack, 2, 0), .. Step(1, YamuxType.Data, YamuxFlags.Ack, 4, 100), .. Step(6, YamuxType.WindowUpdate, YamuxFlags.Rst, 4, 0),
                .. Step(3, YamuxType.Ping, YamuxFlags.Ack, 0, 0), .. Step(0, YamuxType.Ping, YamuxFlags.Syn, 0, 9), .. Step(5, YamuxType.Data, YamuxFlags.Syn | YamuxFlags.Fin, 3, 1),
            ],
        ];
    }

    private static void CheckYamux(byte[] input)
    {
        var options = new YamuxOptions { MaxInboundStreams = 32 };
        var session = new YamuxSession(dialer: false, options);
        var now = TimeSpan.Zero;
        for (var at = 0; at + YamuxStep <= input.Length; at += YamuxStep)
        {
            now += TimeSpan.FromMilliseconds(input[at] >> 3);
            Act(session, input[at] % 8, now);
            if (!YamuxHeader.TryRead(input.AsSpan(at + 1), out var header)) return;
            if (session.Receive(header).Kind == YamuxInputKind.Violation) return;
            Promise.Holds(session.Streams.Count(s => s.Inbound) <= options.MaxInboundStreams, "a peer opens no more streams than it may");
            Promise.Holds(session.Growth is var growth && growth >= 0 && growth <= options.MaxWindowGrowth, "windows grow within their bound");
            foreach (var stream in session.Streams) Promise.Holds(stream.ReceiveWindow >= 0 && stream.ReceiveWindow <= options.MaxWindow && stream.SendWindow is >= 0 and <= uint.MaxValue, "windows stay in range");
        }
        var queued = 0;
        while (session.TryTakeControl(out _)) queued++;
        Promise.Holds(queued <= YamuxOptions.MaxQueuedControl + 1 + (input.Length / YamuxStep), "answers are bounded");
    }

    /// <summary>What our side of the session does between two headers.</summary>
    private static void Act(YamuxSession session, int what, TimeSpan now)
    {
        if (what == 1) _ = session.TryOpen();
        if (what == 3) _ = session.Ping();
        if (session.Streams.FirstOrDefault() is not { } stream) return;
        if (what == 2) session.Finish(stream);
        if (what == 4) session.Acknowledge(stream);
        if (what == 5) _ = session.Consumed(stream, (int)(stream.WindowTarget - stream.ReceiveWindow - stream.Unreported), now, TimeSpan.FromMilliseconds(1));
        if (what == 6) session.Reset(stream);
        if (what == 7 && YamuxSession.SendCredit(stream) is > 0 and var credit) _ = YamuxSession.Send(stream, credit);
    }
}
