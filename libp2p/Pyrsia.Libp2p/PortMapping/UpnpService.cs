using System.Net;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Pyrsia.Libp2p;

/// <summary>The part of a gateway that maps ports, and what is said to it: actions in SOAP envelopes.
/// http://upnp.org/specs/gw/UPnP-gw-WANIPConnection-v2-Service.pdf</summary>
/// <param name="Type">Its type with the version, which every action names.</param>
/// <param name="Control">Where actions go.</param>
internal sealed record UpnpService(string Type, Uri Control)
{
    /// <summary>Longest document that is read, in bytes: descriptions of routers have some 5 to 20 KiB.</summary>
    public const int MaxDocument = 128 * 1024;

    /// <summary>Another host has the port outside.</summary>
    public const int ConflictInMappingEntry = 718;

    /// <summary>The gateway knows only mappings without an end.</summary>
    public const int OnlyPermanentLeasesSupported = 725;

    private static readonly string[] Kinds = ["urn:schemas-upnp-org:service:WANIPConnection:", "urn:schemas-upnp-org:service:WANPPPConnection:"];

    /// <summary>Finds the service in a gateway's description of itself; null when there is none, or it is elsewhere.</summary>
    public static UpnpService? Find(ReadOnlyMemory<byte> description, Uri location, IPAddress gateway)
    {
        if (Load(description) is not { } document) return null;
        var services = document.Descendants().Where(e => e.Name.LocalName == "service").Select(e => (Type: Text(e, "serviceType"), Control: Text(e, "controlURL"))).ToArray();
        foreach (var kind in Kinds)
            foreach (var (type, control) in services)
                if (type is not null && control is not null && type.StartsWith(kind, StringComparison.Ordinal) && UpnpSearch.TryResolve(location, control, gateway, out var address)) return new UpnpService(type, address);
        return null;
    }

    /// <summary>An action with its arguments, in the order of the specification.</summary>
    public string Envelope(string action, params ReadOnlySpan<(string Name, string Value)> arguments)
    {
        XNamespace soap = "http://schemas.xmlsoap.org/soap/envelope/", own = Type;
        var call = new XElement(own + action, new XAttribute(XNamespace.Xmlns + "u", own));
        foreach (var (name, value) in arguments) call.Add(new XElement(name, value));
        var envelope = new XElement(soap + "Envelope", new XAttribute(XNamespace.Xmlns + "s", soap), new XAttribute(soap + "encodingStyle", "http://schemas.xmlsoap.org/soap/encoding/"), new XElement(soap + "Body", call));
        return "<?xml version=\"1.0\"?>\r\n" + envelope.ToString(SaveOptions.DisableFormatting);
    }

    /// <summary>Reads one value, or the code of an error, from an answer; neither when it is none.</summary>
    public static (string? Value, int? Error) Read(ReadOnlyMemory<byte> answer, string name)
    {
        if (Load(answer)?.Root is not { } root) return default;
        if (Text(root, "errorCode") is { } error) return (null, int.TryParse(error, out var code) ? code : 0);
        return (Text(root, name), null);
    }

    private static string? Text(XElement within, string name) => within.Descendants().FirstOrDefault(e => e.Name.LocalName == name)?.Value.Trim();

    private static XDocument? Load(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > MaxDocument) return null;
        try
        {
            // As UTF-8, which the specification wants, whatever a declaration says: the platform's reader throws anything on bytes that belie their declaration.
            using var reader = XmlReader.Create(new StringReader(Encoding.UTF8.GetString(bytes.Span).TrimStart('\uFEFF')), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = MaxDocument });
            return XDocument.Load(reader);
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
