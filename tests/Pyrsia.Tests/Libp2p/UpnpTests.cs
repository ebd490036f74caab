using System.Net;
using System.Text;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class UpnpTests
{
    private const string Ip = "urn:schemas-upnp-org:service:WANIPConnection:2";
    private const string Ppp = "urn:schemas-upnp-org:service:WANPPPConnection:1";
    private static readonly IPAddress Gateway = IPAddress.Parse("10.0.2.1");
    private static readonly Uri Location = new("http://10.0.2.1:5000/root/desc.xml");

    [Fact]
    public void The_question_is_a_search_for_gateways_that_names_whom_it_goes_to() => Assert.Equal(
        "M-SEARCH * HTTP/1.1\r\nHOST: 10.0.2.1:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n",
        Encoding.ASCII.GetString(UpnpSearch.Question(new IPEndPoint(Gateway, UpnpSearch.Port))));

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nEXT:\r\nLOCATION: http://10.0.2.1:5000/root/desc.xml\r\n\r\n", true)]
    [InlineData("HTTP/1.1 200 OK\r\nlocation:http://10.0.2.1:5000/root/desc.xml", true)]
    [InlineData("HTTP/1.1 200 OK\r\nLOCATION: http://10.0.2.2:5000/root/desc.xml\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nLOCATION: https://10.0.2.1:5000/root/desc.xml\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nLOCATION: http://router.example/desc.xml\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nLOCATION: http://user@10.0.2.1:5000/root/desc.xml\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nLOCATION: file:///etc/passwd\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nLOCATION: http://10.0.2.1:5000/root/desc.xml\r\n", false)]
    [InlineData("NOTIFY * HTTP/1.1\r\nLOCATION: http://10.0.2.1:5000/root/desc.xml\r\n\r\n", false)]
    [InlineData("", false)]
    public void Of_an_answer_only_a_description_at_the_gateway_itself_is_taken(string answer, bool taken)
    {
        Assert.Equal(taken, UpnpSearch.TryRead(Encoding.ASCII.GetBytes(answer), Gateway, out var description));
        if (taken) Assert.Equal(Location, description);
    }

    [Fact]
    public void The_service_that_maps_is_found_and_the_one_for_addresses_wins()
    {
        Assert.Equal(new UpnpService(Ip, new Uri("http://10.0.2.1:5000/ctl")), Find(Description((Ppp, "/ppp"), (Ip, "/ctl"))));
        Assert.Equal(new UpnpService(Ppp, new Uri("http://10.0.2.1:5000/root/ppp")), Find(Description(("urn:schemas-upnp-org:service:Layer3Forwarding:1", "/l3"), (Ppp, "ppp"))));
        Assert.Equal(new UpnpService(Ip, new Uri("http://10.0.2.1:6000/ctl")), Find(Description((Ip, " http://10.0.2.1:6000/ctl "))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<root><service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType></service></root>")]
    [InlineData("<root><service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><controlURL>http://10.0.2.9/ctl</controlURL></service></root>")]
    [InlineData("<root><service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><controlURL>//example.org/ctl</controlURL></service></root>")]
    [InlineData("<!DOCTYPE root [<!ENTITY t \"urn:schemas-upnp-org:service:WANIPConnection:1\">]><root><service><serviceType>&t;</serviceType><controlURL>/ctl</controlURL></service></root>")]
    public void A_description_without_a_service_at_the_gateway_or_with_a_document_type_is_none(string description) => Assert.Null(Find(description));

    [Fact]
    public void A_description_beyond_the_limit_is_not_read() => Assert.Null(Find(Description((Ip, "/ctl")) + new string(' ', UpnpService.MaxDocument)));

    [Fact]
    public void An_action_is_an_envelope_with_its_arguments_in_order() => Assert.Equal(
        "<?xml version=\"1.0\"?>\r\n<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><s:Body>"
        + $"<u:DeletePortMapping xmlns:u=\"{Ip}\"><NewRemoteHost></NewRemoteHost><NewExternalPort>44000</NewExternalPort><NewProtocol>T&amp;P</NewProtocol></u:DeletePortMapping></s:Body></s:Envelope>",
        new UpnpService(Ip, Location).Envelope("DeletePortMapping", ("NewRemoteHost", ""), ("NewExternalPort", "44000"), ("NewProtocol", "T&P")));

    [Theory]
    [InlineData("<a><Wanted> 26.1.2.3 </Wanted></a>", "26.1.2.3", null)]
    [InlineData("<a><b xmlns=\"x\"><Wanted/></b></a>", "", null)]
    [InlineData("<a><errorCode>718</errorCode><Wanted>1</Wanted></a>", null, 718)]
    [InlineData("<a><errorCode>lots</errorCode></a>", null, 0)]
    [InlineData("<a/>", null, null)]
    [InlineData("<a>", null, null)]
    public void An_answer_has_a_value_or_an_error(string answer, string? value, int? error) => Assert.Equal((value, error), UpnpService.Read(Encoding.UTF8.GetBytes(answer), "Wanted"));

    [Fact]
    public void A_declaration_that_its_bytes_belie_makes_no_document() =>
        Assert.Null(UpnpService.Find(Convert.FromHexString("3c3f786d6c2076657273696f6e3d22312e3064cde2de8c5ff6ed223f3e"), Location, Gateway));

    private static UpnpService? Find(string description) => UpnpService.Find(Encoding.UTF8.GetBytes(description), Location, Gateway);

    private static string Description(params (string Type, string Control)[] services) =>
        $"""
        <?xml version="1.0"?>
        <root xmlns="urn:schemas-upnp-org:device-1-0"><device><deviceList><device><serviceList>
        {string.Concat(services.Select(s => $"<service><serviceType>{s.Type}</serviceType><controlURL>{s.Control}</controlURL></service>"))}
        </serviceList></device></deviceList></device></root>
        """;
}
