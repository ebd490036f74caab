namespace Pyrsia.Curve25519;

/// <summary>A private key that a PKCS#11 token holds and never gives out, in a session that is logged in. For several threads.</summary>
internal sealed class TokenKey : IDisposable
{
    private readonly Pkcs11 _module;
    private readonly TokenUri _uri;
    private readonly string? _pin;
    private readonly nuint _keyType;
    private readonly Lock _lock = new();
    private nuint _session;
    private nuint _key;
    private bool _isOpen;

    /// <summary>Opens a key.</summary>
    /// <exception cref="KeyFileException">The module, the token or the key is missing, or the PIN is wrong.</exception>
    internal TokenKey(TokenUri uri, string? pin, nuint keyType)
    {
        (_uri, _pin, _keyType) = (uri, pin, keyType);
        _module = Pkcs11.Load(uri.ModulePath);
        try
        {
            Open();
            Point = _module.ReadPoint(_session, _module.Find(_session, uri, Pkcs11.PublicKeys, keyType));
        }
        catch
        {
            Close();
            throw;
        }
    }

    /// <summary>The public point, as the token encodes it.</summary>
    internal byte[] Point { get; }

    /// <summary>Signs. A session that ended meanwhile, as when the token was pulled out and put back, is opened anew once.</summary>
    /// <exception cref="KeyFileException">The token refuses.</exception>
    internal void Sign(nuint mechanism, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        lock (_lock)
        {
            if (_isOpen)
            {
                try
                {
                    _module.Sign(_session, _key, mechanism, message, signature);
                    return;
                }
                catch (KeyFileException)
                {
                    Close(); // what is wrong with it, the second try tells
                }
            }
            Open();
            _module.Sign(_session, _key, mechanism, message, signature);
        }
    }

    public void Dispose()
    {
        lock (_lock) Close();
    }

    private void Open()
    {
        _session = _module.OpenSession(_uri, _pin);
        _isOpen = true;
        _key = _module.Find(_session, _uri, Pkcs11.PrivateKeys, _keyType);
    }

    private void Close()
    {
        if (_isOpen) _module.CloseSession(_session);
        _isOpen = false;
    }
}
