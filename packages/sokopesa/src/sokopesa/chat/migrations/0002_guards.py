"""What was said stays said: threads and messages are not changed or deleted. Who speaks belongs to the side they speak
for, nobody writes where a block is in force, and staff read only while a case is open."""

from django.db import migrations

GUARDS = """
CREATE FUNCTION chat_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is not changed or deleted', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER chat_thread_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON chat_thread
    FOR EACH STATEMENT EXECUTE FUNCTION chat_refuse_change();
CREATE TRIGGER chat_message_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON chat_message
    FOR EACH STATEMENT EXECUTE FUNCTION chat_refuse_change();
CREATE TRIGGER chat_staffread_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON chat_staffread
    FOR EACH STATEMENT EXECUTE FUNCTION chat_refuse_change();
CREATE TRIGGER chat_read_stays BEFORE DELETE OR TRUNCATE ON chat_read
    FOR EACH STATEMENT EXECUTE FUNCTION chat_refuse_change();
CREATE TRIGGER chat_read_is_of_one_side BEFORE UPDATE OF id, thread_id, side, buyer_id, seller_id ON chat_read
    FOR EACH STATEMENT EXECUTE FUNCTION chat_refuse_change();
CREATE TRIGGER chat_block_stays BEFORE DELETE OR TRUNCATE ON chat_block
    FOR EACH STATEMENT EXECUTE FUNCTION chat_refuse_change();
CREATE TRIGGER chat_block_stays_as_it_was BEFORE UPDATE OF id, buyer_id, seller_id, side, by_id, at ON chat_block
    FOR EACH STATEMENT EXECUTE FUNCTION chat_refuse_change();
CREATE TRIGGER chat_block_is_lifted_once BEFORE UPDATE ON chat_block
    FOR EACH ROW WHEN (OLD.lifted_at IS NOT NULL) EXECUTE FUNCTION chat_refuse_change();
CREATE TRIGGER chat_report_stays BEFORE DELETE OR TRUNCATE ON chat_report
    FOR EACH STATEMENT EXECUTE FUNCTION chat_refuse_change();
CREATE TRIGGER chat_report_stays_as_it_was BEFORE UPDATE OF id, thread_id, side, by_id, reason, words, at ON chat_report
    FOR EACH STATEMENT EXECUTE FUNCTION chat_refuse_change();
CREATE TRIGGER chat_report_is_closed_once BEFORE UPDATE ON chat_report
    FOR EACH ROW WHEN (OLD.state = 'closed') EXECUTE FUNCTION chat_refuse_change();

CREATE FUNCTION chat_check_thread() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.order_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM orders_order JOIN orders_purchase ON orders_purchase.id = orders_order.purchase_id
        WHERE orders_order.id = NEW.order_id AND orders_order.seller_id = NEW.seller_id
          AND orders_purchase.buyer_id = NEW.buyer_id
    ) THEN
        RAISE EXCEPTION 'order % is not between these two', NEW.order_id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.product_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM catalog_offer WHERE product_id = NEW.product_id AND seller_id = NEW.seller_id
    ) THEN
        RAISE EXCEPTION 'this shop never offered product %', NEW.product_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER chat_thread_is_between_its_two BEFORE INSERT ON chat_thread
    FOR EACH ROW EXECUTE FUNCTION chat_check_thread();

CREATE FUNCTION chat_check_message() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said_in chat_thread;
BEGIN
    SELECT * INTO said_in FROM chat_thread WHERE id = NEW.thread_id;
    IF EXISTS (
        SELECT FROM chat_block
        WHERE buyer_id = said_in.buyer_id AND seller_id = said_in.seller_id AND lifted_at IS NULL
    ) THEN
        RAISE EXCEPTION 'a block is in force in thread %', NEW.thread_id USING ERRCODE = 'check_violation';
    END IF;
    IF NOT (
        (NEW.side = 'buyer' AND NEW.author_id = said_in.buyer_id)
        OR (NEW.side = 'seller' AND EXISTS (
            SELECT FROM people_sellermember WHERE seller_id = said_in.seller_id AND user_id = NEW.author_id
        ))
    ) THEN
        RAISE EXCEPTION 'user % does not speak for the %', NEW.author_id, NEW.side USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER chat_message_may_be_said BEFORE INSERT ON chat_message
    FOR EACH ROW EXECUTE FUNCTION chat_check_message();

CREATE FUNCTION chat_check_staff_read() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM chat_report WHERE thread_id = NEW.thread_id AND state = 'open') AND NOT EXISTS (
        SELECT FROM chat_thread JOIN orders_order ON orders_order.id = chat_thread.order_id
        WHERE chat_thread.id = NEW.thread_id AND orders_order.disputed
    ) THEN
        RAISE EXCEPTION 'no case is open about thread %', NEW.thread_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER chat_staffread_needs_a_case BEFORE INSERT ON chat_staffread
    FOR EACH ROW EXECUTE FUNCTION chat_check_staff_read();
"""

UNDO = """
DROP TRIGGER chat_staffread_needs_a_case ON chat_staffread;
DROP TRIGGER chat_message_may_be_said ON chat_message;
DROP TRIGGER chat_thread_is_between_its_two ON chat_thread;
DROP TRIGGER chat_report_is_closed_once ON chat_report;
DROP TRIGGER chat_report_stays_as_it_was ON chat_report;
DROP TRIGGER chat_report_stays ON chat_report;
DROP TRIGGER chat_block_is_lifted_once ON chat_block;
DROP TRIGGER chat_block_stays_as_it_was ON chat_block;
DROP TRIGGER chat_block_stays ON chat_block;
DROP TRIGGER chat_read_is_of_one_side ON chat_read;
DROP TRIGGER chat_read_stays ON chat_read;
DROP TRIGGER chat_staffread_stays ON chat_staffread;
DROP TRIGGER chat_message_stays ON chat_message;
DROP TRIGGER chat_thread_stays ON chat_thread;
DROP FUNCTION chat_check_staff_read, chat_check_message, chat_check_thread, chat_refuse_change;
"""


class Migration(migrations.Migration):
    dependencies = [("chat", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, UNDO)]
