using System.Globalization;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace Pyrsia.Keys;

/// <summary>A private key that a PKCS#11 token holds and never gives out, in a session that is logged in. For several threads.</summary>
internal sealed class TokenKey : IDisposable
{
    private readonly TokenUri _uri;
    private readonly string? _pin;
    private readonly ulong _keyType;
    private readonly IPkcs11Library _module;
    private readonly Lock _lock = new();
    private ISession? _session;
    private IObjectHandle? _key;

    /// <summary>Opens a key.</summary>
    /// <exception cref="KeyFileException">The module, the token or the key is missing, or the PIN is wrong.</exception>
    internal TokenKey(TokenUri uri, string? pin, ulong keyType)
    {
        (_uri, _pin, _keyType) = (uri, pin, keyType);
        _module = TokenModules.Load(uri.ModulePath);
        try
        {
            Open();
            Point = Answered(() => ReadPoint(_session!, Find(_session!, CKO.CKO_PUBLIC_KEY)));
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
    internal void Sign(ulong mechanism, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        byte[] signed;
        lock (_lock) signed = Sign(mechanism, message.ToArray());
        if (signed.Length != signature.Length) throw new KeyFileException($"the token gives a signature of {signed.Length} bytes, not {signature.Length}", "Use a key of the right kind.");
        signed.CopyTo(signature);
    }

    public void Dispose()
    {
        lock (_lock) Close();
    }

    private byte[] Sign(ulong mechanism, byte[] message)
    {
        if (_session is { } session)
        {
            try
            {
                return Answered(() => SignIn(session, mechanism, message));
            }
            catch (KeyFileException)
            {
                Close(); // what is wrong with it, the second try tells
            }
        }
        Open();
        return Answered(() => SignIn(_session!, mechanism, message));
    }

    private byte[] SignIn(ISession session, ulong mechanism, byte[] message)
    {
        using var how = session.Factories.MechanismFactory.Create(mechanism);
        return session.Sign(how, _key, message);
    }

    private void Open() => Answered(() =>
    {
        var slot = _module.GetSlotList(SlotsType.WithTokenPresent).Find(IsOurs)
            ?? throw new KeyFileException($"there is no token that is {_uri}", "See that it is plugged in, and which there are, for example with: pkcs11-tool --list-token-slots");
        _session = slot.OpenSession(SessionType.ReadOnly);
        if (_pin is not null) Login(_session, _pin);
        _key = Find(_session, CKO.CKO_PRIVATE_KEY);
        return true;
    });

    private bool IsOurs(ISlot slot)
    {
        try
        {
            var token = slot.GetTokenInfo();
            return _uri.IsToken(token.Label, token.SerialNumber);
        }
        catch (Pkcs11Exception)
        {
            return false; // another token's trouble
        }
    }

    private void Close()
    {
        var session = _session;
        (_session, _key) = (null, null);
        try
        {
            session?.Dispose();
        }
        catch (Pkcs11Exception)
        {
            // A token that was pulled out has closed it already.
        }
    }

    private static void Login(ISession session, string pin)
    {
        try
        {
            session.Login(CKU.CKU_USER, pin);
        }
        catch (Pkcs11Exception e) when (e.RV == CKR.CKR_USER_ALREADY_LOGGED_IN)
        {
            // A login counts for all sessions of a process.
        }
        catch (Pkcs11Exception e) when (e.RV == CKR.CKR_PIN_INCORRECT)
        {
            throw new KeyFileException("the token refuses the PIN", "Correct PYRSIA_TOKEN_PIN or the file that --token-pin names; a token locks itself after some wrong ones.", e);
        }
        catch (Pkcs11Exception e) when (e.RV == CKR.CKR_PIN_LOCKED)
        {
            throw new KeyFileException("the token's PIN is locked after wrong ones", "Its security officer can set a new one.", e);
        }
    }

    /// <summary>The only object of a kind that the URI names.</summary>
    private IObjectHandle Find(ISession session, CKO kind)
    {
        var attributes = session.Factories.ObjectAttributeFactory;
        List<IObjectAttribute> wanted = [attributes.Create(CKA.CKA_CLASS, kind), attributes.Create(CKA.CKA_KEY_TYPE, _keyType)];
        if (_uri.Label is { } label) wanted.Add(attributes.Create(CKA.CKA_LABEL, label));
        if (_uri.Id is { } id) wanted.Add(attributes.Create(CKA.CKA_ID, id));
        try
        {
            var found = session.FindAllObjects(wanted);
            if (found.Count == 1) return found[0];
            var what = $"{(kind == CKO.CKO_PRIVATE_KEY ? "private" : "public")} {(_keyType == TokenModules.EdwardsKeys ? "Ed25519" : "EC")} key";
            throw found.Count == 0
                ? new KeyFileException($"the token has no {what} that is {_uri}", "Look what it holds, for example with: pkcs11-tool --list-objects --login. Private keys want the PIN: set PYRSIA_TOKEN_PIN.")
                : new KeyFileException($"the token has several {what}s that are {_uri}", "Name one by object= and id=.");
        }
        finally
        {
            foreach (var attribute in wanted) attribute.Dispose();
        }
    }

    private static byte[] ReadPoint(ISession session, IObjectHandle key)
    {
        using var point = session.GetAttributeValue(key, [CKA.CKA_EC_POINT])[0];
        return point.CannotBeRead ? throw new KeyFileException("the token does not give out the public key", "Store it beside the private one.") : point.GetValueAsByteArray();
    }

    /// <summary>Asks the token, and says in words what it answers otherwise than well.</summary>
    private static T Answered<T>(Func<T> ask)
    {
        try
        {
            return ask();
        }
        catch (Pkcs11Exception e)
        {
            throw new KeyFileException(string.Create(CultureInfo.InvariantCulture, $"the token answers {e.Method} with {e.RV}"), "The module's documentation tells what that means; see that the token is plugged in and the PIN is given.", e);
        }
    }
}
